"""The append-only log of what happened to each request: records, proofs, publication, erasure."""
