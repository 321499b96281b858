"""Northern Inference: an OpenAI-compatible gateway that masks, keeps residency, meters and records.

The map, from the outside in. `cli` and `factory` put the packages together; `settings` is the only reader of
the environment; `web` is the only package that knows Flask (`web.api` for programs, `web.portal` for people);
`gateway` is the one line a call travels. The line's verbs come from packages that do not know each other:
`access` (who may call), `catalog` (what may be called), `dialects` (what clients speak), `inchat` (answers of our
own), `residency` (where it may go), `privacy` (what must not leave), `metering` (what it costs), `providers` (what
upstreams speak) and `custody` (proof of what happened). Below them lie `outbound`, the one egress out, `store`, the
database with its single writer, and `domain`, the words they share.
"""

__version__ = "0.1.0"
