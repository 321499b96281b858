"""Providers: the upstream APIs that calls are sent to, each behind the `Provider` protocol of `base.py`."""
