"""Builds the packages from the settings and hands them to each other; nothing below imports this package.

`gateway` has every object below the web, with the longer constructions in `services`; `application` puts the web on
top; `serving` starts a process with its background jobs.
"""
