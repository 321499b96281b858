"""The WSGI application for gunicorn: settings and serving, nothing else. Loaded in the worker, after the patching."""

from ni.factory.serving import serving_app
from ni.resources import ROOT
from ni.settings import Settings

application = serving_app(Settings.load(), str(ROOT))
