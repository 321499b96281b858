"""A string that must not be printed: keys, tokens, passwords, provider credentials."""

import hmac


class Secret:
    """Holds a secret; `str`, `repr` and formatting show a mask, `reveal()` returns the text."""

    __slots__ = ("_text",)

    def __init__(self, text: str) -> None:
        self._text = text

    def reveal(self) -> str:
        """The secret itself. Call it at the point of use only."""
        return self._text

    def __repr__(self) -> str:
        return "***"

    __str__ = __repr__

    def __format__(self, spec: str) -> str:
        return "***"

    def __bool__(self) -> bool:
        return bool(self._text)

    def __eq__(self, other: object) -> bool:
        """Compare in constant time."""
        return isinstance(other, Secret) and hmac.compare_digest(self._text.encode(), other._text.encode())

    __hash__ = None  # type: ignore[assignment]  # a secret is never a dictionary key

    def __reduce__(self) -> str:
        raise TypeError("a secret is not pickled")
