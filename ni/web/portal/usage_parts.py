"""The parts that rows of usage belong to where a chart or a table divides them, by name."""

from collections.abc import Callable, Mapping, Sequence

from ni.web.portal.usage_choices import Dimension
from ni.web.portal.usage_fields import Row
from ni.web.portal.usage_names import account_keys, key_names, people_names, tag_names

NO_PART = "–"
"""What a chart calls requests without a route, a key or a jurisdiction."""

Parts = Callable[[Row], Sequence[str]]
"""Gives the names of the parts of a row that has the columns of a `Dimension`: one, but for tags."""


def parts_of(account_id: str, by: Dimension) -> Parts:
    """How rows of an account are divided. People are the owners of keys; a request has the tags of its key too."""
    match by:
        case Dimension.NONE:
            return lambda row: (NO_PART,)
        case Dimension.KEY:
            return _named("key_id", key_names(account_id))
        case Dimension.PERSON:
            people = people_names(account_id)
            owners = {key.id: people.get(key.owner_id, key.owner_id) for key in account_keys(account_id)}
            return lambda row: (owners.get(row["key_id"]) or NO_PART,)
        case Dimension.TAG:
            return _tagged(account_id)
    return _named(by.columns[0], {})


def _named(column: str, names: Mapping[str, str]) -> Parts:
    return lambda row: (names.get(row[column], row[column]) or NO_PART,)


def _tagged(account_id: str) -> Parts:
    names = tag_names(account_id)
    of_keys = {key.id: key.spec.tags for key in account_keys(account_id)}

    def parts(row: Row) -> Sequence[str]:
        own = [names.get(row["tag"], row["tag"])] if row["tag"] else []
        return sorted({*own, *of_keys.get(row["key_id"], ())}) or [NO_PART]

    return parts
