"""`make request-path`: which files and functions of the gateway one warm call enters, by package.

It answers "how much must a maintainer read to know what happens to a request". The figures of the two calls below stand
in `docs/architecture.md`, and `tests/tools/test_request_path.py` holds them.
"""
