# make run     the engine with the example, its services and the web pages, on this machine
# make test    all tests
# make check   style and types
# make bench   speed, beside what the machine can do at most
# make soak    a long run under load and sudden deaths; it prints what has happened, and the seeds that repeat it
# make clean   remove everything that was made here, except the data in var/

SHELL := /bin/sh
.DEFAULT_GOAL := run
.SUFFIXES:

PORT ?= 8000
COMMAND_PORT ?= 4444
# processes that run the tests side by side (0: only this one): more than there are cores, as many tests wait for engines
WORKERS ?= $(shell expr $$(getconf _NPROCESSORS_ONLN) \* 3 / 2)

VENV := .venv
BIN := $(CURDIR)/$(VENV)/bin
# tried by running it: a name that is found may still be a wrapper without an interpreter behind it
PYTHON ?= $(shell for candidate in python3.13 python3.12 python3.11 python3; do \
    if $$candidate -c 'import ensurepip, sys, venv; sys.exit(sys.version_info < (3, 11))' >/dev/null 2>&1; \
    then echo $$candidate; break; fi; done)

export PORT COMMAND_PORT
export PATH := $(BIN):$(PATH)
export PYTHONUNBUFFERED := 1
# else each of the many processes of the tests would compile the whole house for itself
unexport PYTHONDONTWRITEBYTECODE

.PHONY: run test check bench soak install install-test clean

run: install
	@exec $(BIN)/python example/run.py

test: install-test
	$(BIN)/python -m pytest -n $(WORKERS) --dist worksteal $(ARGS)

check: install-test
	$(BIN)/ruff check
	$(BIN)/mypy

bench: install-test
	$(BIN)/python -m bench $(ARGS)

soak: install-test
	$(BIN)/python -m pytest -m soak -rP --timeout=0 -o faulthandler_timeout=0 $(ARGS)

install: $(VENV)/.installed
install-test: $(VENV)/.installed-test

$(VENV)/bin/python:
	@test -n "$(PYTHON)" || { echo "Python 3.11 or newer with its venv module is needed (Debian: apt install python3-venv)" >&2; exit 1; }
	$(PYTHON) -m venv $(VENV)

$(VENV)/.installed: pyproject.toml | $(VENV)/bin/python
	$(BIN)/python -m pip install --quiet -e .
	@touch $@

# in one go, and what nobody imports is not compiled: a fresh machine tests sooner
$(VENV)/.installed-test: pyproject.toml | $(VENV)/bin/python
	$(BIN)/python -m pip install --quiet --no-compile -e ".[test]"
	@touch $(VENV)/.installed $@

clean:
	rm -rf $(VENV) build *.egg-info .pytest_cache .mypy_cache .ruff_cache .hypothesis tests/artefacts
	find . -name __pycache__ -type d -prune -exec rm -rf {} +
