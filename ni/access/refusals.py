"""Errors of this package, as sentences that forms and the command line show.

Refusals of calls are `ni/domain/errors.py`; these are about accounts, people and keys. The sentence is also the
message id of its translation, with short safe values filled in.
"""

from typing import Any

from ni.domain.secret import Secret


class Refused(ValueError):
    """A request that cannot be fulfilled. `field` names the form field at fault, or is empty."""

    def __init__(self, field: str, text: str, **values: Any) -> None:
        self.field = field
        self.template = text
        self.values = values
        super().__init__(text % values if values else text)


class MadeAlready(Exception):
    """A form that was sent twice: what it asked for was made the first time."""


class SignInRefused(Exception):
    """Wrong e-mail, wrong password or too many tries for it: one answer for all, so that nothing can be probed."""

    text = (
        "The e-mail address or the password is wrong. After five wrong tries, sign-in to an address pauses for up "
        "to 15 minutes."
    )

    def __init__(self) -> None:
        super().__init__(self.text)


class CodeWanted(Exception):
    """The password was right and a second factor is still due; `token` names the half-done sign-in for 5 minutes."""

    def __init__(self, token: Secret) -> None:
        self.token = token
        super().__init__("a second factor is due")


class TooManyTries(Exception):
    """Too many tries from one network; says nothing about any address."""

    text = "Too many sign-in tries from your network. Wait %(wait_s)s s and try again."

    def __init__(self, wait_s: int) -> None:
        self.wait_s = wait_s
        super().__init__(self.text % {"wait_s": wait_s})


class LinkSpent(Exception):
    """A one-time link that is unknown, used or expired: one answer for all three."""

    text = "This link was used already, has expired, or never existed. Ask for a new one."

    def __init__(self) -> None:
        super().__init__(self.text)
