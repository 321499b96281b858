"""The parts that rows of usage belong to where a chart or a table divides them, by name."""

from collections.abc import Callable, Mapping, Sequence

from ni.domain.reply import Outcome
from ni.web.portal.usage_choices import Dimension, Measure
from ni.web.portal.usage_fields import Row
from ni.web.portal.usage_names import account_keys, key_names, people_names, tag_names

NO_PART = "–"
"""What a chart calls requests without a route, a key or a jurisdiction."""

_COLOURS: Mapping[Dimension, Mapping[str, str]] = {
    Dimension.JURISDICTION: {"CA": "s0", "US": "s1", "GLOBAL": "s2", NO_PART: "s6"},
    Dimension.OUTCOME: {
        Outcome.COMPLETED: "s0",
        Outcome.LOCAL: "s5",
        Outcome.DENIED: "s1",
        Outcome.CLIENT_GONE: "s6",
        Outcome.UPSTREAM_CUT: "s3",
        Outcome.UPSTREAM_ERROR: "bad",
        Outcome.CRASHED: "s2",
    },
}
"""The style classes of parts that look the same in every chart: by rank, one colour would mean many things."""

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


def colours_of(measure: Measure, by: Dimension) -> Mapping[str, str]:
    """The style classes of parts that do not get theirs by rank; failures that nothing divides look like failures."""
    if measure is Measure.FAILED and by is Dimension.NONE:
        return {NO_PART: "bad"}
    return _COLOURS.get(by, {})


def _named(column: str, names: Mapping[str, str]) -> Parts:
    return lambda row: (names.get(row[column], row[column]) or NO_PART,)


def _tagged(account_id: str) -> Parts:
    names = tag_names(account_id)
    of_keys = {key.id: key.spec.tags for key in account_keys(account_id)}

    def parts(row: Row) -> Sequence[str]:
        own = [names.get(row["tag"], row["tag"])] if row["tag"] else []
        return sorted({*own, *of_keys.get(row["key_id"], ())}) or [NO_PART]

    return parts
