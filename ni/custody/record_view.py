"""A request's custody as one JSON object, put together from its records; never any content.

What the records do not say, because it was erased or is not known yet, is null and not a value that it might have had.
"""

from typing import Any

from ni.custody.record import RecordKind, Value
from ni.custody.record_reader import StoredRecord

_SHOWN = {
    "route": "route",
    "resolved_tier": "tier",
    "resolved_provider": "provider",
    "resolved_region": "region",
    "resolved_jurisdiction": "jurisdiction",
    "residency_evidence": "evidence",
    "resolved_litellm_model": "litellm_model",
    "outcome": "outcome",
    "error": "err",
}


def view(entries: list[StoredRecord], home: str) -> dict[str, Any]:
    """The record of a request from its entries, oldest first and at least one; `home` is the gateway's jurisdiction."""
    first, last = entries[0], entries[-1]
    fields: dict[str, Value] = {**first.fields, **last.fields}
    hops = _hops(fields, entries, home)
    shown: dict[str, Any] = {
        "request_id": first.request_id,
        "created_at": first.fields.get("t"),
        "model": first.fields.get("client_model"),
    }
    shown |= {name: fields.get(field) for name, field in _SHOWN.items()}
    if last.kind is RecordKind.OPEN:
        shown["outcome"] = "open"
    shown["credential_source"] = ("byok" if fields["byok"] else "platform") if "byok" in fields else None
    shown["custody_path"] = hops and " -> ".join(f"{hop['entity']}-{hop['jurisdiction']}" for hop in hops)
    shown["pii"] = _pii(fields)
    shown["hops"] = hops
    shown["log"] = {"records": [_place(entry) for entry in entries]}
    return shown


def _place(entry: StoredRecord) -> dict[str, Any]:
    """Where a record stands in the log; `erased` counts the fields that are no longer kept."""
    place = {"kind": entry.kind.value, "rec": entry.rec, "index": entry.index}
    return {**place, "erased": entry.erased} if entry.erased else place


def _hops(fields: dict[str, Value], entries: list[StoredRecord], home: str) -> list[dict[str, Any]] | None:
    names = ("entity", "jurisdiction", "region", "at", "evidence")
    stored = fields.get("hops")
    if isinstance(stored, list):
        return [dict(zip(names, hop, strict=True)) for hop in stored if isinstance(hop, list)]
    if entries[-1].kind is RecordKind.CLOSE:
        return None
    return [dict(zip(names, ("NI", home, "", entries[0].fields.get("t"), "C"), strict=True))]


def _pii(fields: dict[str, Value]) -> dict[str, Any] | None:
    """`on; email=1, person=2` as an object; None where the record does not say."""
    summary = fields.get("pii")
    if summary is None:
        return None
    state, _, counts = str(summary).partition("; ")
    pairs = (pair.partition("=") for pair in counts.split(", ") if pair)
    return {"on": state == "on", "counts": {kind: int(count) for kind, _, count in pairs}}
