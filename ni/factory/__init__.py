"""Where the packages meet: each is built here once, handed what it needs and joined to the others.

`gateway` builds the pipeline and what it stands on; `custody`, `privacy` and `portal` join those parts to it;
`application` makes the WSGI object; `serving` adds what runs beside the requests. Nothing below knows this package.
"""
