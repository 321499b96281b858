"""Traces and metrics for an OpenTelemetry collector, over OTLP/HTTP: made after a call from what is known of it anyway.

Nothing that a client or an upstream wrote is in them. Imported only where `NI_OTEL` is on.
"""
