"""What a person may be in an account."""

from enum import StrEnum


class Role(StrEnum):
    """`OWNER` decides about people and settings of the account; `MEMBER` works in it."""

    OWNER = "owner"
    MEMBER = "member"
