"""The WSGI application for gunicorn: settings, factory, nothing else. Loaded in the worker, after gevent has patched."""

from pathlib import Path

from ni.serving import serving_app
from ni.settings import Settings

application = serving_app(Settings.load(), str(Path(__file__).resolve().parent))
