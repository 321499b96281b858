"""What the Usage page can be asked for: its filter, the figure of its chart, and what the chart is divided by."""

from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum

from ni.domain.clock import to_ms
from ni.metering.days import day_starts_at
from ni.metering.usage_queries import Filter
from ni.web.portal.context import services, signed_in
from ni.web.portal.usage_fields import Row
from ni.web.portal.usage_names import account_keys

PROTECTED = "protected"
"""The filter of requests whose personal values were replaced."""


class Measure(StrEnum):
    """What a chart of usage shows the amount of."""

    SPEND = "spend"
    REQUESTS = "requests"
    TOKENS = "tokens"
    FAILED = "failed"
    PROTECTED = "protected"
    LATENCY = "latency"

    def of(self, row: Row) -> int:
        """The amount in a row of sums."""
        match self:
            case Measure.SPEND:
                return int(row["ni_charge_nanos"])
            case Measure.TOKENS:
                return int(row["prompt_tokens"] + row["output_tokens"])
            case Measure.FAILED:
                return int(row["failed"])
            case Measure.PROTECTED:
                return int(row["values_protected"])
        return int(row["requests"])


class Dimension(StrEnum):
    """What the columns of a chart of usage are divided by."""

    NONE = "none"
    ROUTE = "route"
    KEY = "key"
    JURISDICTION = "jurisdiction"
    OUTCOME = "outcome"
    TAG = "tag"
    PERSON = "person"
    END_USER = "end_user"
    KIND = "kind"

    @property
    def columns(self) -> tuple[str, ...]:
        """The columns of usage rows that tell it; a person owns the key, which has tags beside that of the request."""
        read: dict[Dimension, tuple[str, ...]] = {
            Dimension.NONE: (),
            Dimension.KEY: ("key_id",),
            Dimension.PERSON: ("key_id",),
            Dimension.TAG: ("tag", "key_id"),
            Dimension.KIND: ("pii",),
        }
        return read.get(self, (self.value,))

    @property
    def labels(self) -> bool:
        """Whether it is a label that clients give a request."""
        return self in (Dimension.TAG, Dimension.END_USER)

    @property
    def of_rows(self) -> bool:
        """Whether rows alone have it, and not the totals: a label, or the kinds of the values that were protected."""
        return self.labels or self is Dimension.KIND


@dataclass(frozen=True, slots=True)
class UsageFilter:
    """What the Usage page was asked for; empty text and None mean no restriction. Days are the account's, inclusive.

    The outcome `failed` stands for all with which a caller did not get an answer, `error` is what `labels.cause_of`
    gives. A person is the user whose key it was, an end user whom the client named. `pii` is `PROTECTED` or empty.
    """

    key_id: str = ""
    route: str = ""
    jurisdiction: str = ""
    outcome: str = ""
    error: str = ""
    tag: str = ""
    person: str = ""
    end_user: str = ""
    pii: str = ""
    since: date | None = None
    until: date | None = None

    @property
    def labelled(self) -> bool:
        """Whether it asks for a label that is stored as a digest."""
        return bool(self.tag or self.end_user)

    @property
    def of_rows(self) -> bool:
        """Whether it asks for what the totals do not hold."""
        return bool(self.labelled or self.error or self.pii)


def account_zone(account_id: str) -> str:
    """The time zone of an account; that of the person's own is known already."""
    user = signed_in()
    if user is not None and user.account_id == account_id:
        return user.time_zone
    account = services().access.accounts.get(account_id)
    return account.time_zone if account else "UTC"


def conditions(account_id: str, wanted: UsageFilter) -> Filter:
    """The filter as the queries take it: labels as they are stored, instants, and the keys of a person and a tag."""
    zone = account_zone(account_id) if wanted.since or wanted.until else ""
    since = to_ms(day_starts_at(wanted.since, zone)) if wanted.since else None
    until = to_ms(day_starts_at(wanted.until + timedelta(days=1), zone)) if wanted.until else None
    failed = wanted.outcome == Measure.FAILED
    outcome = "" if failed else wanted.outcome
    policy = services().label_policy
    end_user, tag = (
        policy.filter_label(account_id, value) if value else "" for value in (wanted.end_user, wanted.tag)
    )
    keys = account_keys(account_id) if wanted.person or wanted.tag else ()
    return Filter(
        wanted.key_id,
        wanted.route,
        outcome,
        wanted.jurisdiction,
        since,
        until,
        failed=failed,
        cause=wanted.error,
        protected=wanted.pii == PROTECTED,
        key_ids=tuple(key.id for key in keys if key.owner_id == wanted.person) if wanted.person else None,
        tag_keys=policy.keys_with(account_id, keys, tag),
        end_user=end_user,
        tag=tag,
    )
