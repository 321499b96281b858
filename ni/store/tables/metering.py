"""Holds, spending, balances, and one usage row per call; amounts in nanos of the instance's currency unless named usd.

`open_calls` holds a row from the moment a call is admitted until it is settled: what is left there by a dead process
is what recovery closes. `totals` are sums of `usage` rows, kept in the same transaction, so that pages stay fast.
`balances` of prepaid accounts are the sums of `grants` less those of `balance_days`.

`working` is how the charge of a usage row was worked out; of a call that a cap, a budget or the balance refused, which
of them, with its figures (`ni.gateway.used_up`).

`budgets` counts the days of keys, which "Max spend per day" limits. `account_budgets` are the limits that owners set on
keys, people, tags and the account, and `budget_spans` what was spent and is held of each in a day or month. `budgets`
of an open call names the spans in which it is held, as `<budget>/<period>` with commas between.

`idempotency` holds, for a day, keyed digests of an `Idempotency-Key` and of the body of its call.
"""

from sqlalchemy import BigInteger, Column, ForeignKey, Index, Integer, LargeBinary, Table, Text, column

from ni.domain.timeline import Phase
from ni.store.tables.metadata import metadata

budgets = Table(
    "budgets",
    metadata,
    Column("key_id", Text, primary_key=True),
    Column("day", Text, primary_key=True),
    Column("spent_nanos", BigInteger, nullable=False),
    Column("held_nanos", BigInteger, nullable=False),
)

account_budgets = Table(
    "account_budgets",
    metadata,
    Column("id", Text, primary_key=True),
    Column("account_id", Text, ForeignKey("accounts.id"), nullable=False),
    Column("scope", Text, nullable=False),
    Column("subject", Text, nullable=False),
    Column("span", Text, nullable=False),
    Column("title", Text, nullable=False, server_default=""),
    Column("limit_nanos", BigInteger, nullable=False),
    Column("alerts", Text, nullable=False, server_default=""),
    Column("created_at", BigInteger, nullable=False),
    Column("created_by", Text, nullable=False, server_default=""),
    Index("ix_account_budgets_subject", "account_id", "scope", "subject", "span", unique=True),
)

budget_spans = Table(
    "budget_spans",
    metadata,
    Column("budget_id", Text, primary_key=True),
    Column("period", Text, primary_key=True),
    Column("spent_nanos", BigInteger, nullable=False),
    Column("held_nanos", BigInteger, nullable=False),
)

balances = Table(
    "balances",
    metadata,
    Column("account_id", Text, primary_key=True),
    Column("granted_nanos", BigInteger, nullable=False),
    Column("charged_nanos", BigInteger, nullable=False),
    Column("held_nanos", BigInteger, nullable=False),
)

grants = Table(
    "grants",
    metadata,
    Column("id", Text, primary_key=True),
    Column("account_id", Text, nullable=False),
    Column("at", BigInteger, nullable=False),
    Column("day", Text, nullable=False),
    Column("amount_nanos", BigInteger, nullable=False),
    Column("note", Text, nullable=False),
    Index("ix_grants_account_id_at", "account_id", "at"),
)

balance_days = Table(
    "balance_days",
    metadata,
    Column("account_id", Text, primary_key=True),
    Column("day", Text, primary_key=True),
    Column("charged_nanos", BigInteger, nullable=False),
)

rates = Table(
    "rates",
    metadata,
    Column("key_id", Text, primary_key=True),
    Column("due_us", BigInteger, nullable=False),
)

open_calls = Table(
    "open_calls",
    metadata,
    Column("request_id", Text, primary_key=True),
    Column("process_id", Text, nullable=False),
    Column("account_id", Text, nullable=False),
    Column("key_id", Text, nullable=False),
    Column("day", Text, nullable=False),
    Column("held_nanos", BigInteger, nullable=False),
    Column("prepaid", Integer, nullable=False, server_default="0"),
    Column("opened_at", BigInteger, nullable=False),
    Column("facts", Text, nullable=False),
    Column("budgets", Text, nullable=False, server_default=""),
)

processes = Table(
    "processes",
    metadata,
    Column("id", Text, primary_key=True),
    Column("host", Text, nullable=False),
    Column("pid", Integer, nullable=False),
    Column("started", Text, nullable=False),
    Column("beat_at", BigInteger, nullable=False),
    Column("queues", Text, nullable=False, server_default=""),
)

usage = Table(
    "usage",
    metadata,
    Column("request_id", Text, primary_key=True),
    Column("account_id", Text, nullable=False),
    Column("key_id", Text, nullable=False),
    Column("at", BigInteger, nullable=False),
    Column("day", Text, nullable=False),
    Column("dialect", Text, nullable=False),
    Column("model", Text, nullable=False),
    Column("route", Text, nullable=False),
    Column("tier", Text, nullable=False),
    Column("provider", Text, nullable=False),
    Column("jurisdiction", Text, nullable=False),
    Column("outcome", Text, nullable=False),
    Column("status", Integer, nullable=False),
    Column("error", Text, nullable=False),
    Column("stream", Integer, nullable=False),
    Column("uncached_tokens", BigInteger, nullable=False),
    Column("cached_tokens", BigInteger, nullable=False),
    Column("cache_write_tokens", BigInteger, nullable=False),
    Column("output_tokens", BigInteger, nullable=False),
    Column("reasoning_tokens", BigInteger, nullable=False),
    Column("tokens_from", Text, nullable=False),
    Column("latency_ms", BigInteger, nullable=False),
    Column("first_chunk_ms", BigInteger),
    Column("pii", Text, nullable=False),
    Column("provider_cost_usd_nanos", BigInteger, nullable=False),
    Column("provider_cost_nanos", BigInteger, nullable=False),
    Column("ni_charge_nanos", BigInteger, nullable=False),
    Column("rate_millionths", BigInteger, nullable=False),
    Column("working", Text, nullable=False),
    Column("credential_source", Text, nullable=False),
    Column("end_user", Text, nullable=False, server_default=""),
    Column("tag", Text, nullable=False, server_default=""),
    Column("deployment", Text, nullable=False, server_default=""),
    Column("attempts", Integer, nullable=False, server_default="0"),
    *(Column(f"{phase}_us", BigInteger) for phase in Phase),
    *(
        Index(
            f"ix_usage_{name}",
            *("account_id", name, "at", "request_id"),
            sqlite_where=column(name) != "",
            postgresql_where=column(name) != "",
        )
        for name in ("end_user", "tag")
    ),
    Index("ix_usage_account_id_at", "account_id", "at", "request_id"),
    # For filters: the newest rows of each combination that fits, see ni/metering/usage_queries.py.
    Index(
        "ix_usage_group",
        *("account_id", "key_id", "route", "jurisdiction", "outcome", "at", "request_id"),
    ),
)

totals = Table(
    "totals",
    metadata,
    Column("account_id", Text, primary_key=True),
    Column("day", Text, primary_key=True),
    Column("key_id", Text, primary_key=True),
    Column("route", Text, primary_key=True),
    Column("jurisdiction", Text, primary_key=True),
    Column("outcome", Text, primary_key=True),
    Column("requests", BigInteger, nullable=False),
    Column("prompt_tokens", BigInteger, nullable=False),
    Column("output_tokens", BigInteger, nullable=False),
    Column("values_protected", BigInteger, nullable=False),
    Column("provider_cost_usd_nanos", BigInteger, nullable=False, server_default="0"),
    Column("provider_cost_nanos", BigInteger, nullable=False),
    Column("ni_charge_nanos", BigInteger, nullable=False),
)


idempotency = Table(
    "idempotency",
    metadata,
    Column("key_id", Text, primary_key=True),
    Column("name", LargeBinary, primary_key=True),
    Column("body", LargeBinary, nullable=False),
    Column("request_id", Text, nullable=False),
    Column("at", BigInteger, nullable=False),
    Index("ix_idempotency_at", "at"),
)
