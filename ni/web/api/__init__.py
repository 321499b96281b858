"""Thin endpoints for programs: bytes in, dialect, pipeline, bytes out."""
