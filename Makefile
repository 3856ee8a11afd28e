# Each target does its own set-up: the environment in .venv is made once and changed only when the pins change.

SHELL := bash
.SHELLFLAGS := -euo pipefail -c
.DELETE_ON_ERROR:
.DEFAULT_GOAL := help

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
PINS := requirements/run.txt requirements/test.txt requirements/lint.txt
PYTEST_ARGS ?=
WORKERS ?= 2

COMPILE := $(BIN)/pip-compile --quiet --strip-extras --allow-unsafe --resolver=backtracking --generate-hashes \
	--no-header --no-emit-index-url --no-emit-find-links --no-emit-trusted-host --no-emit-options

export PIP_DISABLE_PIP_VERSION_CHECK := 1
# Some hundred processes start, and each would compile all modules anew where the environment forbids to keep them.
export PYTHONDONTWRITEBYTECODE :=

ORACLE := $(VENV)/oracles/wikimarkup
CLIENTS := $(VENV)/oracles/clients
PYTHON_CLIENTS := tap-zendesk tap-jira atlassian-python-api

# What of the long families `make test` takes: the same for one commit, so that what is red stays red.
export TICKETFERRY_TEST_SEED ?= $(shell git rev-parse --short=10 HEAD 2>/dev/null || echo 0)
# The durable writes of some thousand workspaces are most of the waiting: where memory can hold them they stand there.
IN_MEMORY := $(shell [ -w /dev/shm ] && [ "$$(df -Pk /dev/shm | awk 'NR==2 {print $$4}')" -gt 6000000 ] && echo /dev/shm)
PYTEST := $(if $(TMPDIR)$(IN_MEMORY),TMPDIR=$(or $(TMPDIR),$(IN_MEMORY)) )$(BIN)/python -m pytest -n $(WORKERS) --dist worksteal
# Seen without a trace function (tests/probes.py). The coverage is that of the tests near the code: that some whole migration ran over a line
# says little of the line.
SEEN := .coverage.seen
COVERED := TICKETFERRY_COVERAGE=$(SEEN) $(PYTEST)
# With PYTEST_ARGS that name one file a round may have nothing to do (pytest ends with 5).
NEAR := tests/unit tests/connectors tests/contract tests/emulators
NAMED = $(filter tests/%,$(PYTEST_ARGS))
OR_NONE = || { status=$$?; [ -n "$(PYTEST_ARGS)" ] && [ $$status -eq 5 ]; }

.PHONY: help demo test test-quick test-modules test-long oracles lint format types docs docs-write check pins bench clean setup

help:  ## this list
	@sed -nE 's/^([a-z-]+):.*## (.*)/  make \1\t\2/p' Makefile | expand -t 22

$(BIN)/python:
	@$(PYTHON) -c 'import sys; v = sys.version.split()[0]; sys.exit(None if sys.version_info >= (3, 11) else \
	f"ticketferry needs Python 3.11 or newer, but $(PYTHON) is {v}. Try: make PYTHON=python3.12")'
	@$(PYTHON) -m venv --clear $(VENV) || { \
	echo "$(PYTHON) cannot make a virtual environment; on Debian and Ubuntu: apt-get install python3-venv" >&2; exit 1; }

$(VENV)/.pins: $(PINS) | $(BIN)/python
	$(BIN)/python -m pip install --quiet --no-deps --require-hashes $(addprefix -r ,$(PINS))
	@touch $@

$(VENV)/.installed: $(VENV)/.pins pyproject.toml
	$(BIN)/python -m pip install --quiet --no-deps --no-build-isolation --editable .
	@touch $@

setup: $(VENV)/.installed  ## only the environment

demo: setup  ## 60 seconds: a whole migration between two stand-ins, on this machine alone
	$(BIN)/ticketferry demo

# Programs of others that tests ask for the truth; a test skips where its program could not be installed.
$(ORACLE)/.installed: tests/oracles/wikimarkup/package.json tests/oracles/wikimarkup/parse.cjs | $(BIN)/python
	@mkdir -p $(ORACLE) && cp $^ $(ORACLE)/
	@if command -v npm >/dev/null && (cd $(ORACLE) && npm install --silent --no-audit --no-fund --no-package-lock); then \
	touch $@; else echo "Atlassian's parser of wiki markup could not be installed (npm): its tests will skip" >&2; fi

$(CLIENTS)/.installed: tests/oracles/clients/package.json tests/oracles/clients/drive.mjs | $(BIN)/python
	@mkdir -p $(CLIENTS) && cp $^ $(CLIENTS)/
	@if command -v npm >/dev/null && (cd $(CLIENTS) && npm install --silent --no-audit --no-fund --no-package-lock); then \
	touch $@; else echo "public JavaScript clients could not be installed (npm): their tests will skip" >&2; fi

# Each in an environment of its own: their pins contradict ours and one another's.
$(VENV)/oracles/%/.installed: tests/oracles/clients/%.txt | $(BIN)/python
	@mkdir -p $(@D)
	@if $(BIN)/python -m venv --clear $(@D) && $(@D)/bin/python -m pip install -qq --retries 1 --timeout 15 --no-deps -r $<; then \
	touch $@; else echo "the public client $* could not be installed: its tests will skip" >&2; fi

oracles: $(ORACLE)/.installed $(CLIENTS)/.installed $(PYTHON_CLIENTS:%=$(VENV)/oracles/%/.installed)  ## other people's parsers and clients that tests ask (tests skip without)

test-quick: setup  ## unit tests alone: no server, no process, no desk; under three processor minutes
	HYPOTHESIS_PROFILE=quick $(PYTEST) -q -m quick tests/unit $(PYTEST_ARGS)

test: setup oracles  ## what must pass, with a part of the long families (documents: make docs); then the coverage against the floor in pyproject.toml
	@rm -rf .coverage $(SEEN)
	$(COVERED) -m near $(if $(NAMED),,$(NEAR)) $(PYTEST_ARGS) $(OR_NONE)
	$(PYTEST) -m "not near" $(if $(NAMED),,$(patsubst %,--ignore=%,$(NEAR) tests/docs)) $(PYTEST_ARGS) $(OR_NONE)
	$(BIN)/python -m tests.probes $(SEEN)
	$(BIN)/python -m coverage report

test-modules: setup  ## which modules of src the unit tests alone leave untried (the quick round, measured)
	@rm -rf .coverage $(SEEN)
	$(COVERED) -q -m quick tests/unit
	$(BIN)/python -m tests.probes $(SEEN)
	$(BIN)/python -m tests.each_module .coverage

test-long: setup oracles  ## for a person, an hour and more: kills at every boundary, every fault, property tests with ten times the examples
	TICKETFERRY_TEST_WHOLE=1 TICKETFERRY_TEST_SOCKETS=1 HYPOTHESIS_PROFILE=long $(PYTEST) --timeout 7200 -m long $(PYTEST_ARGS)

lint: setup  ## style, formatting and the order of imports
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	NO_COLOR=1 $(BIN)/lint-imports

format: setup  ## write what `make lint` would ask for
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

types: setup  ## mypy --strict
	$(BIN)/mypy

docs: setup  ## generated parts of the documents are up to date, and their examples work
	@files=$$(grep -rlF '[[[cog' --include='*.md' README.md docs 2>/dev/null || true); \
	if [ -n "$$files" ]; then \
	$(BIN)/cog --check -I . --check-fail-msg='run: make docs-write' -p 'import os; os.environ["NO_COLOR"] = "1"' $$files; fi
	@if compgen -G 'tests/docs/test_*.py' >/dev/null; then \
	$(BIN)/python -m pytest -p no:cacheprovider -q tests/docs; fi

docs-write: setup  ## write the generated parts of the documents
	@files=$$(grep -rlF '[[[cog' --include='*.md' README.md docs 2>/dev/null || true); \
	if [ -n "$$files" ]; then $(BIN)/cog -r -I . -p 'import os; os.environ["NO_COLOR"] = "1"' $$files; fi

check: lint types docs test  ## everything before a pull request

pins: setup  ## resolve requirements/*.txt again (UPGRADE=1: to the newest versions)
	$(COMPILE) $(if $(UPGRADE),--upgrade) --output-file requirements/run.txt pyproject.toml
	$(COMPILE) $(if $(UPGRADE),--upgrade) --output-file requirements/test.txt requirements/test.in
	$(COMPILE) $(if $(UPGRADE),--upgrade) --output-file requirements/lint.txt requirements/lint.in

BENCHMARKS = adf jsm_requests kpi mapping people profile rate rehearsal rivals scale way zendesk_extract

bench: setup  ## figures of speed and memory, as text and JSON, and into docs/benchmarks.md: half an hour
	@for script in $(BENCHMARKS); do \
	echo "== $$script"; nice -n 5 $(BIN)/python benchmarks/$$script.py --write || exit 1; done

clean:  ## remove what was built or measured; .venv stays
	rm -rf build dist .coverage $(SEEN) coverage.xml .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache
	find src connectors emulators tests benchmarks samples -name __pycache__ -type d -prune -exec rm -rf {} +
