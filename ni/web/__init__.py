"""HTTP: the API for programs, the portal's pages, health and metrics.

Only this package and the factory import Flask.
"""
