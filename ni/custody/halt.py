"""The one flag that stops the log: set when what was published is not in our history, never cleared by a program.

A log that went on after that would be a fork. Reading goes on; new calls are refused until an operator has decided.
"""

from dataclasses import dataclass


class CustodyRefused(Exception):
    """Why this process must not serve, in one line."""


@dataclass(slots=True)
class Halt:
    """`reason` is a sentence, empty while all is well."""

    reason: str = ""

    def stop(self, reason: str) -> None:
        """Stop the log; the first reason stays."""
        self.reason = self.reason or reason
