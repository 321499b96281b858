"""The only package that knows Flask."""
