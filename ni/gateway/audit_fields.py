"""What happened to a call, said three times from one context: response headers, custody records, the usage row.

Headers are ASCII of fixed grammar; nothing in them was written by a client. No content is in any of the three.
"""

from collections.abc import Mapping

import orjson

from ni.custody.commitment import commitment
from ni.custody.record import Kind, Record, Value, make_record
from ni.domain.call import Json
from ni.domain.clock import rfc3339, to_ms
from ni.domain.ids import Random
from ni.domain.reply import Counted, Outcome, Usage
from ni.gateway.context import RequestContext
from ni.gateway.fitting import warning
from ni.metering.cost import Cost
from ni.metering.settlement import UsageRow
from ni.residency.evidence import Permit

GATEWAY = "NI"
Entities = Mapping[str, str]
"""Hop name of each provider, e.g. `{"bedrock": "Bedrock"}`."""


def content_bytes(reply: Json) -> int:
    """How many bytes of content a whole reply holds, by which its tokens are estimated; vectors hold none."""
    return len(orjson.dumps(reply["choices"])) if "choices" in reply else 0


def finish_of(reply: Json) -> str:
    """The finish reason of a whole reply; empty where it has none."""
    return str(reply["choices"][0].get("finish_reason") or "") if "choices" in reply else ""


def path(context: RequestContext, home: str, entities: Entities) -> str:
    """The value of `X-NI-Custody-Path`: the gateway's hop, then the provider's if one was called."""
    here = f"{GATEWAY}-{home}"
    route, permit = context.route, context.permit
    if route is None or permit is None or context.sent_at is None:
        return here
    return f"{here} -> {entities[route.provider]}-{permit.jurisdiction}"


def headers(context: RequestContext, home: str, entities: Entities) -> list[tuple[str, str]]:
    """The response headers, as much as is known; `home` is the jurisdiction of the gateway itself."""
    shown = [("X-NI-Request-ID", context.request_id), ("X-NI-Custody-Path", path(context, home, entities))]
    route, permit = context.route, context.permit
    if route is not None and permit is not None:
        shown += [
            ("X-NI-Resolved-Jurisdiction", permit.jurisdiction),
            ("X-NI-Resolved-Tier", route.tier.value),
            ("X-NI-Resolved-Provider", entities[route.provider]),
            ("X-NI-Resolved-Region", permit.region),
            ("X-NI-Resolved-Litellm-Model", route.litellm_model),
            ("X-NI-Credential-Source", context.credential_source),
            ("X-NI-Residency-Evidence", permit.grade.value),
        ]
    else:
        shown.append(("X-NI-Resolved-Jurisdiction", home))
    shown.append(("X-NI-PII", pii_state(context)))
    if context.call.warnings:
        shown.append(("X-NI-Warning", warning(context.call)))
    if context.opened is not None:
        shown.append(("X-NI-Custody-Record", context.opened.commitment))
    return shown


def pii_state(context: RequestContext) -> str:
    """Whether personal data was to be replaced and, once it was looked for, what was, or what the call was refused for:
    `off`, `on`, `on; email=1`."""
    if context.masked is not None:
        return str(context.masked.summary)
    if context.blocked is not None:
        return str(context.blocked)
    return "on" if context.caller.pii else "off"


def error_code(context: RequestContext) -> str:
    """Why the call was refused or failed, as the client was told (`docs/errors.md`); empty for one that did not."""
    return (context.problem.code or "") if context.problem else ""


def open_record(
    context: RequestContext, kind: Kind, random: Random, entities: Entities, build: str
) -> Record:
    """The record of a call that begins, or that begins and ends here (`local`, `deny`)."""
    received = commitment(context.received, random)
    fields = {
        **_common(context, entities, build),
        "t": rfc3339(context.started_at),
        "client_model": context.model_on_record,
        "dialect": context.call.dialect,
        "req_c": received.value,
    }
    if kind is not Kind.OPEN:
        fields |= {"outcome": context.outcome.value, "http": context.status, "pii": pii_state(context)}
        fields["err"] = error_code(context)
    return make_record(kind, to_ms(context.started_at), fields, {"req_c": received.opening}, random)


def close_fields(context: RequestContext, home: str, entities: Entities, build: str) -> dict[str, Value]:
    """The fields of the closing record that are known when the call is sent; `close_record` adds what happened."""
    fields = _common(context, entities, build)
    fields["hops"] = [list(hop) for hop in _hops(context, home, entities)]
    fields["pii"] = pii_state(context)
    fields["open_rec"] = context.opened.commitment if context.opened else None
    if context.permit is not None:
        fields |= _place(context.permit)
    return fields


def place(context: RequestContext, home: str) -> None:
    """Correct what was prepared for record and row: addresses have shown where the call runs, or that it may not."""
    if context.row is None:
        return
    permit, hops = context.permit, context.close["hops"]
    assert isinstance(hops, list)
    context.row.jurisdiction = permit.jurisdiction if permit else home
    if permit is None:
        context.close["hops"] = hops[:1]
        for name in ("jurisdiction", "evidence"):
            context.close.pop(name, None)
        return
    context.close |= _place(permit)
    if len(hops) > 1 and isinstance(hops[1], list):
        hops[1][1], hops[1][2], hops[1][4] = permit.jurisdiction, permit.region, permit.grade.value


def _place(permit: Permit) -> dict[str, Value]:
    """What the evidence supports; the lists that it was found in, by their hashes."""
    found: dict[str, Value] = {
        "jurisdiction": permit.jurisdiction,
        "region": permit.region,
        "evidence": permit.grade.value,
    }
    return found | {"ranges": permit.lists} if permit.lists else found


def close_record(context: RequestContext, charge: Cost, at_ms: int, random: Random) -> Record:
    """The record of a call that ended. Durable before the last byte of the answer is delivered."""
    fields = context.close
    openings: dict[str, str] = {}
    for name, made in (("sent_c", context.sent), ("resp_c", context.delivered)):
        if made is not None:
            fields[name] = made.value
            openings[name] = made.opening
    usage, peer = context.usage, context.peer
    fields |= {
        "resp_n": context.delivered.octets if context.delivered else 0,
        "peer_ip": peer.address,
        "tls_spki": peer.tls_spki,
        "up_rid": peer.upstream_request_id[:128],
        "http": peer.http_status,
        "finish": context.finish,
        "outcome": context.outcome.value,
        "err": error_code(context),
        "tok_in": usage.prompt,
        "tok_out": usage.output,
        "tok_src": usage.source.value,
        "cost_nano_usd": charge.provider_usd_nanos,
        "max_out": context.output_limit,
    }
    return make_record(Kind.CLOSE, at_ms, fields, openings, random)


def begun_row(context: RequestContext, rate_millionths: int, home: str) -> UsageRow:
    """The row in Usage as far as it is known before the call is sent: as it stands if this process dies now."""
    route, permit = context.route, context.permit
    return UsageRow(
        request_id=context.request_id,
        account_id=context.caller.account_id,
        key_id=context.caller.key_id,
        at=to_ms(context.started_at),
        day=context.day,
        dialect=context.call.dialect,
        model=context.model_on_record,
        route=route.id if route else "",
        tier=route.tier.value if route else "",
        provider=route.provider if route else "",
        jurisdiction=permit.jurisdiction if permit else home,
        outcome=Outcome.CRASHED.value,
        status=200,
        error="",
        stream=int(context.call.stream),
        uncached_tokens=0,
        cached_tokens=0,
        cache_write_tokens=0,
        output_tokens=0,
        reasoning_tokens=0,
        tokens_from=Counted.ESTIMATED.value,
        latency_ms=0,
        first_chunk_ms=None,
        pii=pii_state(context),
        provider_cost_usd_nanos=0,
        provider_cost_nanos=0,
        ni_charge_nanos=0,
        rate_millionths=rate_millionths,
        working="",
        credential_source=context.credential_source,
        end_user=context.labels.end_user,
        tag=context.labels.tag,
    )


def complete_row(row: UsageRow, context: RequestContext, charge: Cost) -> None:
    """Write into the row how the call ended."""
    row.outcome = context.outcome.value
    row.status = context.status
    row.error = error_code(context)
    row.latency_ms = context.latency_ms
    row.first_chunk_ms = context.first_chunk_ms
    used(row, context.usage, charge)


def used(row: UsageRow, usage: Usage, charge: Cost) -> None:
    """Write into the row what the call used and what that cost."""
    row.uncached_tokens = usage.uncached
    row.cached_tokens = usage.cached
    row.cache_write_tokens = usage.cache_write
    row.output_tokens = usage.output
    row.reasoning_tokens = usage.reasoning
    row.tokens_from = usage.source.value
    row.provider_cost_usd_nanos = charge.provider_usd_nanos
    row.provider_cost_nanos = charge.provider_nanos
    row.ni_charge_nanos = charge.charge_nanos
    row.working = charge.working


def _common(context: RequestContext, entities: Entities, build: str) -> dict[str, Value]:
    route = context.route
    return {
        "rid": context.request_id,
        "acct": context.caller.account_id,
        "key": context.caller.key_id,
        "route": route.id if route else "",
        "tier": route.tier.value if route else "",
        "provider": entities.get(route.provider, route.provider) if route else "",
        "region": route.deployment.region if route else "",
        "litellm_model": route.litellm_model if route else "",
        "byok": context.credential_source == "byok",
        "sw": build,
    }


def _hops(context: RequestContext, home: str, entities: Entities) -> list[tuple[str, str, str, str, str]]:
    """Entity, jurisdiction, region, instant, evidence of each hop."""
    hops = [(GATEWAY, home, "", rfc3339(context.started_at), "C")]
    if context.route is not None and context.permit is not None and context.sent_at is not None:
        hops.append(
            (
                entities[context.route.provider],
                context.permit.jurisdiction,
                context.permit.region,
                rfc3339(context.sent_at),
                context.permit.grade.value,
            )
        )
    return hops


def ended(context: RequestContext, outcome: Outcome, now_s: float) -> None:
    """Note how and when the call ended."""
    context.outcome = outcome
    context.latency_ms = round((now_s - context.started_s) * 1000)
