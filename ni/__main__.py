"""`python -m ni`: the command line."""

import sys

from ni.cli import main
from ni.cli.context import AddGroup, Parts


def command_parts() -> Parts:
    """Groups of commands, steps of `init` and checks of `doctor` that need more packages than access and the store."""
    from ni.cli import catalog, custody, residency

    checks = (
        catalog.provider_checks,
        residency.deployment_checks,
        residency.list_checks,
        custody.custody_checks,
    )
    return Parts((*groups_of_accounts(), *_groups_of_the_instance()), (catalog.import_shipped,), checks)


def groups_of_accounts() -> tuple[AddGroup, ...]:
    """The commands of people, accounts, keys, and what an account has."""
    from ni.cli import activity, alerts, apply, budgets, credentials, keys, people, tokens, usage

    return (
        people.add_users,
        people.add_accounts,
        keys.add,
        activity.add_activity,
        budgets.add_budgets,
        alerts.add_alerts,
        tokens.add,
        credentials.add,
        apply.add,
        usage.add,
    )


def _groups_of_the_instance() -> tuple[AddGroup, ...]:
    from ni.cli import catalog, completion, custody, local, pii, providers, residency, single_sign_on, upgrade

    return (
        catalog.add_catalog,
        local.add_local,
        providers.add_providers,
        providers.add_deployments,
        custody.add_custody,
        residency.add_residency,
        pii.pii_group(pii.whole_detection),
        single_sign_on.add_single_sign_on,
        upgrade.add,
        completion.add,
    )


def parts_of(arguments: list[str]) -> Parts:
    """What a command line needs; nothing for `serve`, which would wait for imports that it does not use."""
    return Parts() if arguments[:1] == ["serve"] else command_parts()


def run() -> int:
    """Run the command of this process's arguments; its exit status. The command `ni` of an installed wheel calls it."""
    return main(sys.argv[1:], parts_of(sys.argv[1:]))


if __name__ == "__main__":
    sys.exit(run())
