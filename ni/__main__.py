"""`python -m ni`: the command line."""

import sys

from ni.cli import main
from ni.cli.context import Parts


def command_parts() -> Parts:
    """Groups of commands, steps of `init` and checks of `doctor` that need more packages than access and the store."""
    from ni.cli import (
        activity,
        alerts,
        apply,
        budgets,
        catalog,
        completion,
        credentials,
        custody,
        pii,
        residency,
        single_sign_on,
        tokens,
        upgrade,
        usage,
    )

    return Parts(
        groups=(
            activity.add_activity,
            budgets.add_budgets,
            alerts.add_alerts,
            catalog.add_catalog,
            custody.add_custody,
            residency.add_residency,
            pii.pii_group(pii.whole_detection),
            single_sign_on.add_single_sign_on,
            upgrade.add,
            tokens.add,
            credentials.add,
            apply.add,
            usage.add,
            completion.add,
        ),
        after_init=(catalog.import_shipped,),
        checks=(
            catalog.provider_checks,
            residency.deployment_checks,
            residency.list_checks,
            custody.custody_checks,
        ),
    )


def parts_of(arguments: list[str]) -> Parts:
    """What a command line needs; nothing for `serve`, which would wait for imports that it does not use."""
    return Parts() if arguments[:1] == ["serve"] else command_parts()


def run() -> int:
    """Run the command of this process's arguments; its exit status. The command `ni` of an installed wheel calls it."""
    return main(sys.argv[1:], parts_of(sys.argv[1:]))


if __name__ == "__main__":
    sys.exit(run())
