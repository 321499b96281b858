"""The WSGI application for gunicorn: settings and serving, nothing else. Loaded in the worker, after the patching."""

from pathlib import Path

from ni.factory.serving import serving_app
from ni.settings import Settings

application = serving_app(Settings.load(), str(Path(__file__).resolve().parent))
