# Commands for people. Each target sets up what it needs, once.
.DEFAULT_GOAL := help
.PHONY: help demo test refresh ui notebook doctor check format audit bench lake clean

# The first Python that is new enough; set PYTHON to choose another.
PYTHON ?= $(shell for p in python3 python3.14 python3.13 python3.12 python3.11; do \
	$$p -c 'import sys; sys.exit(not (3, 11) <= sys.version_info[:2] < (3, 15))' 2>/dev/null && echo $$p && break; done)
BIN := .venv/bin
# Marks of two set-ups: what Tidegauge runs with, and what tests and checks need in addition.
READY := .venv/.ready
READY_DEV := .venv/.ready-dev
# One more than the cores: a test that waits for a server or a browser leaves its core to another one.
WORKERS = $(shell echo $$(( $$(getconf _NPROCESSORS_ONLN) + 1 )))
# Where Python may not store compiled modules, each command would compile 2,000 of them: half of its start-up time.
COMPILE = @test -z "$$PYTHONDONTWRITEBYTECODE" || env -u PYTHONDONTWRITEBYTECODE $(BIN)/python -c
SQL := assets warehouse
# Traced from the SELECTs, once after each change: otherwise each process would trace them.
LINEAGE := warehouse/documentation/column_lineage.json
TRACE := $(BIN)/python -m warehouse.documentation.column_lineage
SYNC := UV_PYTHON_DOWNLOADS=never $(BIN)/uv sync --frozen --quiet --python $(BIN)/python

help: ## show this
	@grep -hE '^[a-z]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/^([a-z]+):.*## /\1\t/' | expand -t 12

demo: $(READY) $(LINEAGE) ## twelve simulated weeks against the sandbox, in warehouse/demo
	@$(BIN)/tidegauge demo

test: $(READY_DEV) $(LINEAGE) ## the test suite without its slow tests; SLOW=1 with them
	@$(BIN)/pytest -n $(WORKERS) --dist worksteal -m "not scale$(if $(SLOW),, and not slow)"

refresh: $(READY) $(LINEAGE) ## the weekly refresh against the live services, now
	@$(BIN)/tidegauge refresh

ui: $(READY) $(LINEAGE) ## the Dagster UI on 127.0.0.1:3000, with the weekly schedule switched on
	@$(BIN)/tidegauge ui

notebook: $(READY_DEV) ## a marimo notebook on the published file, in the browser
	@$(BIN)/marimo edit docs/notebook.py

doctor: $(READY) ## send one request to each live service, and report whether it works
	@$(BIN)/tidegauge doctor

lake: $(READY_DEV) $(LINEAGE) ## try the lake: the same weeks in a file and in the lake that .env names, compared
	@$(BIN)/tidegauge lake try

check: $(READY_DEV) ## format, lint, types, and that Dagster can load everything
	@$(BIN)/ruff format --check
	@$(BIN)/ruff check
	@$(BIN)/sqlfluff lint --processes 0 --disable-progress-bar $(SQL)
	@$(BIN)/mypy
	@VIRTUAL_ENV=$(CURDIR)/.venv $(BIN)/dg check defs

format: $(READY_DEV) ## put the code into shape
	@$(BIN)/ruff format
	@$(BIN)/ruff check --fix
	@$(BIN)/sqlfluff fix --processes 0 --disable-progress-bar $(SQL)

audit: $(READY) ## query the OSV database for known vulnerabilities of the locked packages
	@.ci/audit

bench: $(READY_DEV) ## measure each step and its alternatives, at 100,000 and 1,000,000 models; SIZE=full for 3,200,000 too
	@$(SYNC) --group bench
	@$(BIN)/python -m tests.performance $(if $(SIZE),--size $(SIZE))

clean: ## remove the environment (never the data)
	rm -rf .venv

# Install uv first, then the locked packages. --inexact removes nothing: not uv, nor what the tests need.
$(READY): pyproject.toml uv.lock
	@test -n "$(PYTHON)" || { echo "Python 3.11 to 3.14 is needed and was not found; set PYTHON=/path/to/python3"; exit 2; }
	@echo "setting up .venv with $(PYTHON): what Tidegauge runs with, 700 MB"
	@test -x $(BIN)/uv || { $(PYTHON) -m venv .venv && $(BIN)/python -m pip install --quiet --disable-pip-version-check uv==0.13.8; }
	@$(SYNC) --no-dev --inexact
	$(COMPILE) "import pipelines.commands.app, pipelines.commands.demo, pipelines.ui.server, pipelines.ui.webserver, warehouse.pages.page, alembic, polars, praw"
	@$(TRACE)
	@touch $@

$(READY_DEV): $(READY)
	@echo "adding what the tests and checks need"
	@$(SYNC)
	$(COMPILE) "import pandas, pytest, xdist.plugin, hypothesis"
	@touch $@

$(LINEAGE): $(shell find warehouse/tables warehouse/sql -name '*.py' -o -name '*.sql') | $(READY)
	@$(TRACE)
