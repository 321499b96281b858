# Everything a person does with this tree. `make` alone lists it; each target's line is the comment beside it.
# `make run` and `make test` are each good as the first command on a machine with Python 3.11, 3.12 or 3.13.

# Which Python makes the environment. `make run PYTHON=python3.12` chooses another. The distribution's comes first: it is
# built with profile-guided optimisation, which those that pyenv builds are not, and the gateway is a tenth faster on it.
PYTHON ?= $(shell for python in /usr/bin/python3 python3 python3.13 python3.12 python3.11; do \
	$$python tools/supported_python.py >/dev/null 2>&1 && { echo $$python; exit; }; done; echo python3)

# Tests start hundreds of processes: each begins a second sooner if what it imports was compiled before.
unexport PYTHONDONTWRITEBYTECODE

VENV := .venv
BIN := $(VENV)/bin
# The pins are whole, so nothing is resolved: pip before 24 looks past them where a library asks for another's extra,
# takes the newest, and stops since that has no hash.
PINNED := -m pip install --disable-pip-version-check --no-deps --require-hashes

# What the checks read; a part that does not exist yet is left out.
SOURCES := $(wildcard app.py ni tools bench tests)

# uv resolves for every supported Python at once: it makes the lock files, and environments of other Pythons to test on.
UV_VERSION := 0.13.9
LOCK = build/lock/bin/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes \
	--no-emit-index-url --no-emit-find-links --no-header $(if $(UPGRADE),--upgrade)

TRANSLATIONS := ni/web/translations

.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
.PHONY: help run run-local-model test test-fast test-browser test-faults test-kills test-soak test-migrations test-bodies test-pythons test-clients check lint types arrows \
	fix coverage audit bench bench-pages bench-privacy request-path i18n settings screenshots lock dist image image-check try release clean

help: ## list these targets
	@echo "Northern Inference"
	@awk -F ':.*## ' '/^[a-z0-9-]+:.*## / { printf "  make %-16s %s\n", $$1, $$2 }' $(firstword $(MAKEFILE_LIST))

# ---- run

run: $(VENV)/.runtime ## set everything up, print the set-up link, serve on http://127.0.0.1:8000
	@echo "Preparing instance/ (database, secrets)."
	@$(BIN)/python -m ni init --no-link
	@exec $(BIN)/python -m ni serve

run-local-model: $(VENV)/.runtime ## the same, with a real language model (1.1 GB, fetched once) behind it
	@exec $(BIN)/python -m tools.local_model

# ---- test and check

# These drive a browser, other programs and images, or break whole servers.
DRIVING := tests/browser tests/clients tests/faults tests/shipping tests/user_run_tests
# These measure processor time and memory: one after the other, with the machine to themselves.
ALONE := tests/bench tests/faults/test_attacks.py tests/faults/test_many_streams.py tests/faults/test_masked_attacks.py \
	tests/privacy/test_held_loop.py tests/providers/test_gevent.py tests/web/test_held_pages.py

test: test-fast ## run every test
	@echo "Running the tests that drive whole servers."
	@tools/run-tests $(BIN)/python -n auto --dist loadfile $(ALONE:%=--ignore=%) $(DRIVING) $(ARGS)
	@echo "Running the tests that need the machine to themselves."
	@tools/run-tests $(BIN)/python $(ALONE) $(ARGS)

test-fast: $(VENV)/.dev ## run the tests in one process, on all cores (ARGS="tests/privacy -k phone": some of them)
	@echo "Running the tests that share the machine."
	@tools/run-tests $(BIN)/python -n auto --dist loadfile $(DRIVING:%=--ignore=%) $(ALONE:%=--ignore=%) $(ARGS)

test-browser: $(VENV)/.dev ## run the portal's tests in headless Chromium
	@$(BIN)/python -m pytest tests/browser $(ARGS)

test-faults: $(VENV)/.dev ## kill, lock and break things
	@$(BIN)/python -m pytest tests/faults $(ARGS)

test-kills: $(VENV)/.dev ## kill the gateway thirty times under load, on each set-up (a few minutes)
	@NI_TEST_KILLS=30 $(BIN)/python -m pytest tests/faults/test_kill.py -s $(ARGS)

test-migrations: $(VENV)/.dev ## upgrade a database of a million rows from the first revision, while others read
	@NI_TEST_ROWS=1000000 $(BIN)/python -m pytest tests/store/test_large_migration.py -s $(ARGS)

test-bodies: $(VENV)/.dev ## try 20,000 bodies of the SDKs' request types, a field of each spoilt, on all routes
	@NI_TEST_BODIES=20000 $(BIN)/python -m pytest tests/api/test_request_types.py $(ARGS)

test-soak: $(VENV)/.dev ## ten minutes of mixed load on a real gateway, with a verdict
	@$(BIN)/python -m tools.soak $(ARGS)

test-pythons: build/lock/bin/uv build/sigstore/.ready build/leaks/.ready build/dist/.ready ## run every test on Python 3.11, 3.12 and 3.13 (40 minutes each)
	@$(PYTHON) tools/pythons.py $(ARGS)

test-clients: $(VENV)/.dev ## drive Codex, Claude Code, Cline, Aider and other programs (fetches 10 GB into build/clients)
	@tools/step "Installing the programs." sh tests/clients/install build/clients
	@$(BIN)/python -m pytest tests/clients tests/contract/test_*_client.py $(ARGS)

check: lint types arrows build/sigstore/.ready build/leaks/.ready build/dist/.ready test ## what CI runs: lint, types, arrows, test
	@$(PYTHON) -m tools.release tested

lint: $(VENV)/.dev ## style, likely mistakes, formatting, templates
	@echo "Checking style and format."
	@$(BIN)/ruff check --quiet --output-format concise $(SOURCES)
	@$(BIN)/ruff format --quiet --check $(SOURCES)
	@$(if $(wildcard templates/*),$(BIN)/djlint --quiet --lint templates)

types: $(VENV)/.dev ## mypy, strict
	@echo "Checking types."
	@$(BIN)/mypy --no-error-summary $(SOURCES)

arrows: $(VENV)/.dev ## which package may import which
	@tools/step "Checking the arrows between packages." $(BIN)/lint-imports

fix: $(VENV)/.dev ## mend what can be mended: imports, formatting
	@$(BIN)/ruff check --fix --quiet $(SOURCES); $(BIN)/ruff format $(SOURCES)

coverage: $(VENV)/.dev ## run the fast tests and list the lines they miss
	@$(BIN)/python -m pytest --ignore=tests/browser --ignore=tests/faults --cov --cov-report=term-missing $(ARGS)

audit: $(VENV)/.dev ## ask for known vulnerabilities of what is pinned
	@$(BIN)/pip-audit --disable-pip --require-hashes --requirement requirements.txt

bench-pages: $(VENV)/.dev ## measure the portal's pages with a million rows of usage and print the table
	@$(BIN)/python -m bench.pages $(ARGS)

bench: $(VENV)/.dev ## measure the gateway beside a bare proxy and print the table
	@$(BIN)/python -m bench $(ARGS)

bench-privacy: $(VENV)/.dev ## measure what is found of personal data, and what that costs (ARGS=--quick)
	@$(BIN)/python -m bench.privacy $(ARGS)

request-path: $(VENV)/.dev ## count the files that one call enters, by package (ARGS=--files lists them)
	@$(BIN)/python -m tools.request_path $(ARGS)

# ---- ship

dist: build/dist/.ready ## build wheel, source archive, bill of materials and digests of the newest commit into dist/, twice
	@$(PYTHON) -m tools.package build/dist/bin/python dist --twice

image: ## build the image with buildah from Debian's packages and print its size
	@deploy/image

image-check: $(VENV)/.dev ## the same, then serve from it read-only; prints how long a start takes (needs root)
	@$(BIN)/python -m pytest tests/shipping/test_image.py -s $(ARGS)

try: ## start the gateway and Caddy with Docker Compose (NAME=gateway.example.ca for a public address)
	@deploy/try $(NAME)

release: ## tag the version and build dist/; refuses a tree that is dirty or was not tested
	@$(PYTHON) -m tools.release check
	@$(MAKE) --no-print-directory dist
	@$(PYTHON) -m tools.release tag

# ---- maintain

screenshots: $(VENV)/.dev ## take the README's pictures of the portal again (needs Chromium)
	@$(BIN)/python -m tests.browser.gallery

i18n: $(VENV)/.dev ## collect the strings of pages and errors, update and compile the French catalogue
	@mkdir -p build $(TRANSLATIONS)
	@$(BIN)/python -m babel.messages.frontend --quiet extract -k lazy_gettext -k lazy_ngettext --mapping-file pyproject.toml --no-location --sort-output --output build/messages.pot .
	@verb=update; test -f $(TRANSLATIONS)/fr_CA/LC_MESSAGES/messages.po || verb=init; \
	$(BIN)/python -m babel.messages.frontend --quiet $$verb --input-file build/messages.pot --output-dir $(TRANSLATIONS) --locale fr_CA
	@$(BIN)/python -m babel.messages.frontend compile --directory $(TRANSLATIONS) --statistics

settings: $(VENV)/.dev ## write docs/settings.md and .env.example from the settings that the gateway declares
	@$(BIN)/python -m tools.settings_pages

lock: build/lock/bin/uv ## compile requirements*.in to hashed pins for every supported Python (UPGRADE=1: newer versions)
	@$(LOCK) --output-file requirements.txt requirements.in
	@$(LOCK) --output-file requirements-dev.txt requirements-dev.in
	@$(LOCK) --output-file requirements-model.txt requirements-model.in
	@$(LOCK) --output-file requirements-verifier.txt requirements-verifier.in
	@$(LOCK) --output-file requirements-leaks.txt requirements-leaks.in
	@$(LOCK) --output-file requirements-training.txt requirements-training.in
	@$(LOCK) --output-file requirements-build.txt requirements-build.in
	@sh tests/clients/lock $(CURDIR)/build/lock/bin/uv $(if $(UPGRADE),--upgrade)

clean: ## remove what was built or cached; instance/ (your database and secrets) stays
	@rm -rf $(VENV) build dist htmlcov .mypy_cache .pytest_cache .ruff_cache .hypothesis .import_linter_cache .coverage
	@find $(SOURCES) -type d -name __pycache__ -prune -exec rm -rf {} +
	@echo "Clean. instance/ is as it was."

# ---- the environment, made once and again when the pins change

$(BIN)/python:
	@command -v $(PYTHON) >/dev/null || { echo "No $(PYTHON) here. Install Python 3.11, 3.12 or 3.13."; exit 1; }
	@$(PYTHON) tools/supported_python.py
	@tools/step "Creating $(VENV) with $$($(PYTHON) -V)." $(PYTHON) -m venv $(VENV) || { rm -rf $(VENV); exit 1; }

$(VENV)/.runtime: requirements.txt | $(BIN)/python
	@tools/step "Installing what the gateway runs on (a third of a gigabyte; a minute)." \
	$(BIN)/python $(PINNED) -r requirements.txt
	@touch $@

build/lock/bin/uv:
	@mkdir -p build && $(PYTHON) -m venv build/lock
	@tools/step "Installing uv." build/lock/bin/pip install uv==$(UV_VERSION)

build/sigstore/.ready: requirements-verifier.txt
	@mkdir -p build && $(PYTHON) -m venv build/sigstore
	@tools/step "Installing another verifier, which the custody tests ask." build/sigstore/bin/python $(PINNED) \
		-r requirements-verifier.txt
	@touch $@

build/dist/.ready: requirements-build.txt
	@mkdir -p build && $(PYTHON) -m venv build/dist
	@tools/step "Installing what builds the wheel." build/dist/bin/python $(PINNED) -r requirements-build.txt
	@touch $@

build/leaks/.ready: requirements-leaks.txt
	@mkdir -p build && $(PYTHON) -m venv build/leaks
	@tools/step "Installing a measure of leaks, which a test has ask the gateway." build/leaks/bin/python $(PINNED) \
		-r requirements-leaks.txt
	@touch $@

$(VENV)/.dev: requirements-dev.txt $(VENV)/.runtime
	@tools/step "Installing what the tests and checks need." $(BIN)/python $(PINNED) -r requirements.txt -r requirements-dev.txt
	@touch $@
