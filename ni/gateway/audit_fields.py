"""Response headers, custody records and the usage row of a call: all three made from one context, so that they agree.

Headers are printable ASCII, whatever an upstream calls its model (RFC 9110 section 5.5); nothing in them was written by
a client. None of the three holds content.
"""

import re
from collections.abc import Callable, Mapping
from urllib.parse import quote

from ni.custody.record import Record, RecordKind, Value, commitment, make_record
from ni.domain.call import Json
from ni.domain.clock import rfc3339, to_ms
from ni.domain.ids import Random
from ni.domain.money import format_amount
from ni.domain.reply import Outcome, Usage
from ni.domain.timeline import Phase
from ni.gateway.checks import warning
from ni.gateway.context import Admitted, Ended, RequestContext
from ni.gateway.dependencies import Instance
from ni.gateway.used_up import as_stored
from ni.metering.cost import Cost
from ni.metering.settlement import UsageRecord

GATEWAY = "NI"
_SPANS = {phase: f"{phase.value}_us" for phase in Phase}
"""The column of each phase."""
LONGEST_MODEL = 256


_ASCII = "".join(map(chr, range(0x20, 0x7F)))


def in_header(value: str) -> str:
    """The value, with what a header cannot carry percent-encoded as UTF-8."""
    return value if value.isascii() and value.isprintable() else quote(value, safe=_ASCII)


class AuditFields:
    """Makes headers, records and usage rows.

    `entities` is the hop name of each provider; `stored` gives the form in which a model's name is stored.
    """

    def __init__(
        self, instance: Instance, entities: Mapping[str, str], random: Random, stored: Callable[[str], str]
    ) -> None:
        self._home = instance.jurisdiction
        self._build = instance.build
        self._rate_millionths = instance.terms.rate_millionths
        self._currency = instance.terms.currency
        self._entities = entities
        self._random = random
        self._stored = stored

    def headers(self, context: RequestContext) -> list[tuple[str, str]]:
        """The response headers, with what is known so far."""
        shown = [("X-NI-Request-ID", context.request_id), ("X-NI-Custody-Path", self._path(context))]
        route, permit = context.route, context.permit
        if route is not None and permit is not None:
            shown += [
                ("X-NI-Resolved-Jurisdiction", self._jurisdiction(context)),
                ("X-NI-Resolved-Tier", route.tier.value),
                ("X-NI-Resolved-Provider", self._entities[route.provider]),
                ("X-NI-Resolved-Region", permit.region),
                ("X-NI-Resolved-Litellm-Model", route.litellm_model),
                ("X-NI-Credential-Source", context.credential_source),
                ("X-NI-Residency-Evidence", permit.grade.value),
                ("X-NI-Deployment", header_text(route.deployment.id)),
            ]
        else:
            shown.append(("X-NI-Resolved-Jurisdiction", self._home))
        if context.attempts:
            shown.append(("X-NI-Attempts", str(len(context.attempts))))
        shown.append(("X-NI-PII", str(context.pii)))
        if context.budgets:
            shown.append(("X-NI-Budget-Remaining", self._budget(context)))
        if context.call.warnings:
            shown.append(("X-NI-Warning", warning(context.call)))
        if context.record is not None:
            shown.append(("X-NI-Custody-Record", context.record.commitment))
        if context.caller.server_timing:
            shown.append(("Server-Timing", server_timing(context)))
        said = "".join([value for _, value in shown])
        if said.isascii() and said.isprintable():  # nearly always: asked once for all of them
            return shown
        return [(name, in_header(value)) for name, value in shown]

    def open_record(self, context: RequestContext, kind: RecordKind) -> Record:
        """The record of a call that begins, or that begins and ends here (`local`, `map`, `deny`)."""
        received = commitment(context.received, self._random)
        fields = {
            **self._common(context),
            "t": rfc3339(context.started_at),
            "client_model": self._model(context),
            "dialect": context.call.dialect,
            "req_c": received.value,
        }
        if context.ended is not None:
            fields |= {"outcome": context.ended.outcome.value, "http": context.status}
            fields |= {"pii": str(context.pii), "err": error_code(context)}
        opening = {"req_c": received.opening}
        return make_record(kind, to_ms(context.started_at), fields, opening, self._random)

    def close_fields(self, context: RequestContext, opened: Record, sent_at: str) -> dict[str, Value]:
        """The fields of the closing record that are known once the call is admitted; `sent_at` is RFC 3339."""
        fields = self._common(context)
        fields["hops"] = [list(hop) for hop in self._hops(context, sent_at)]
        fields["pii"] = str(context.pii)
        fields["open_rec"] = opened.commitment
        permit = context.permit
        if permit is None:
            return fields
        fields |= {"jurisdiction": permit.jurisdiction, "evidence": permit.grade.value}
        fields["region"] = permit.region
        return fields | {"ranges": permit.lists} if permit.lists else fields

    def close_record(self, context: RequestContext, admitted: Admitted, charge: Cost, at_ms: int) -> Record:
        """The record of an admitted call that ended. Durable before the last byte of the answer is delivered."""
        answered, peer, usage = context.answered, context.answered.peer, context.answered.usage
        fields = self.close_fields(context, admitted.opened, rfc3339(admitted.sent_at))
        openings: dict[str, str] = {}
        if admitted.sent_bodies.value is not None:
            fields["sent_c"], openings["sent_c"] = admitted.sent_bodies.value, admitted.sent_bodies.opening
        if answered.delivered is not None:
            fields["resp_c"], openings["resp_c"] = answered.delivered.value, answered.delivered.opening
        if len(context.attempts) > 1:
            fields["attempts"] = [
                [one.deployment, one.region, one.at, one.result] for one in context.attempts
            ]
        fields |= {
            "resp_n": answered.delivered.octets if answered.delivered else 0,
            "peer_ip": peer.address,
            "tls_spki": peer.tls_spki,
            "up_rid": peer.upstream_request_id[:128],
            "http": peer.http_status,
            "finish": answered.finish,
            "outcome": context.ended.outcome.value if context.ended else "",
            "err": error_code(context),
            "tok_in": usage.prompt,
            "tok_out": usage.output,
            "tok_src": usage.source.value,
            "cost_nano_usd": charge.provider_usd_nanos,
            "max_out": admitted.output_limit,
        }
        return make_record(RecordKind.CLOSE, at_ms, fields, openings, self._random)

    def usage_row(self, context: RequestContext, usage: Usage, charge: Cost) -> UsageRecord:
        """The usage row; of a call that has not ended, the row as it stands if this process dies now."""
        ended = context.ended or Ended(Outcome.CRASHED)
        route = context.route
        return UsageRecord(
            request_id=context.request_id,
            account_id=context.caller.account_id,
            key_id=context.caller.key_id,
            at=to_ms(context.started_at),
            day=context.day,
            dialect=context.call.dialect,
            model=self._model(context),
            route=route.id if route else "",
            tier=route.tier.value if route else "",
            provider=route.provider if route else "",
            jurisdiction=self._jurisdiction(context),
            outcome=ended.outcome.value,
            status=context.status,
            error=error_code(context),
            stream=int(context.call.stream),
            uncached_tokens=usage.uncached,
            cached_tokens=usage.cached,
            cache_write_tokens=usage.cache_write,
            output_tokens=usage.output,
            reasoning_tokens=usage.reasoning,
            tokens_from=usage.source.value,
            latency_ms=ended.latency_ms,
            first_chunk_ms=context.answered.first_chunk_ms,
            pii=str(context.pii),
            provider_cost_usd_nanos=charge.provider_usd_nanos,
            provider_cost_nanos=charge.provider_nanos,
            ni_charge_nanos=charge.charge_nanos,
            working=charge.working or as_stored(context.problem, context.budgets),
            rate_millionths=self._rate_millionths,
            credential_source=context.credential_source,
            end_user=context.labels.end_user,
            tag=context.labels.tag,
            deployment=route.deployment.id if route else "",
            attempts=len(context.attempts),
            **{_SPANS[phase]: span for phase, span in context.timeline.spans_us().items()},
        )

    def _budget(self, context: RequestContext) -> str:
        """What is left of the budget with the least left among those that the call counts for."""
        least = min(context.budgets, key=lambda standing: standing.left_nanos)
        left = format_amount(max(0, least.left_nanos))
        return f"{left} {self._currency}; scope={least.spec.scope.value}; window={least.spec.span.value}"

    def _jurisdiction(self, context: RequestContext) -> str:
        """Where the call ran, or is about to; the gateway's own for one that was refused before it left."""
        refused = context.ended is not None and context.ended.outcome is Outcome.DENIED
        return self._home if refused or context.permit is None else context.permit.jurisdiction

    def _path(self, context: RequestContext) -> str:
        """The value of `X-NI-Custody-Path`: the gateway's hop, then the provider's if the call was to leave."""
        return " -> ".join(f"{hop[0]}-{hop[1]}" for hop in self._hops(context, ""))

    def _hops(self, context: RequestContext, sent_at: str) -> list[tuple[str, str, str, str, str]]:
        """Entity, jurisdiction, region, instant, evidence of each hop."""
        hops = [(GATEWAY, self._home, "", rfc3339(context.started_at), "C")]
        permit = context.permit
        if context.resolved is not None and permit is not None and (sent_at or context.admitted is not None):
            entity = self._entities[context.resolved.route.provider]
            hops.append((entity, permit.jurisdiction, permit.region, sent_at, permit.grade.value))
        return hops

    def _model(self, context: RequestContext) -> str:
        """The model's name as it is stored: a route's id as it is, any other in its stored form."""
        name = context.parsed.model[:LONGEST_MODEL].replace("\0", "")  # PostgreSQL takes no such character
        known = context.resolution is not None and context.resolution.exact
        return name if known else self._stored(name)

    def _common(self, context: RequestContext) -> dict[str, Value]:
        route = context.route
        return {
            "rid": context.request_id,
            "acct": context.caller.account_id,
            "key": context.caller.key_id,
            "route": route.id if route else "",
            "tier": route.tier.value if route else "",
            "provider": self._entities.get(route.provider, route.provider) if route else "",
            "region": route.deployment.region if route else "",
            "deployment": route.deployment.id if route else "",
            "litellm_model": route.litellm_model if route else "",
            "byok": context.credential_source == "byok",
            "sw": self._build,
        }


_NOT_IN_HEADERS = re.compile(r"[^!-~]")


def header_text(name: str) -> str:
    """A name of the operator's as the value of a header: what is no visible ASCII character becomes a dash."""
    return _NOT_IN_HEADERS.sub("-", name)[:128]


def server_timing(context: RequestContext) -> str:
    """The value of `Server-Timing` (https://www.w3.org/TR/server-timing/): the phases that ended, in milliseconds."""
    spans = context.timeline.spans_us()
    return ", ".join(f"{phase.value};dur={span / 1000:.3f}" for phase, span in spans.items())


def error_code(context: RequestContext) -> str:
    """Why the call was refused or failed, as the client was told (`docs/errors.md`); empty for one that did not."""
    return (context.problem.code or "") if context.problem else ""


def error_type(context: RequestContext) -> str:
    """`error.type` of a call in OpenTelemetry: that code, or that its client left; empty for one that went well."""
    left = context.ended is not None and context.ended.outcome is Outcome.CLIENT_GONE
    return error_code(context) or (Outcome.CLIENT_GONE.value if left else "")


def finish_of(reply: Json) -> str:
    """The finish reason of a whole reply; empty where it has none."""
    return str(reply["choices"][0].get("finish_reason") or "") if "choices" in reply else ""
