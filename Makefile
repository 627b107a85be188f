# `make` prints what there is. Each target works on a clean checkout.
.DEFAULT_GOAL := help
.NOTPARALLEL:

BIN := .venv/bin
PYTHON := $(BIN)/python
READY := .venv/ready
# One more than there are cores: many tests wait for servers and workers.
PARALLEL := -n $(shell expr $$(getconf _NPROCESSORS_ONLN) + 1) --dist worksteal
CELERY := $(BIN)/celery --app reanimator.celery

# Without SECRET_KEY the settings ask for DEBUG; `make serve DEBUG=false SECRET_KEY=…` runs as in production.
demo serve worker beat lint bench: export DEBUG ?= true

.PHONY: help setup demo serve worker beat test test-sqlite test-mariadb lint format bench lock clean test-services broker

help:  ## Print this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "make %-14s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

setup: $(READY)  ## Make .venv; install what it needs from the system where that is allowed

$(READY): requirements-dev.txt scripts/setup.sh
	@scripts/setup.sh
	@touch $@

demo: setup  ## Fill a fresh SQLite with a fleet and this machine, and serve it (DEMO_ARGS="--help")
	@$(PYTHON) -m demo $(DEMO_ARGS)

serve: setup  ## Migrate and serve on http://127.0.0.1:8000 (WEB_BIND)
	$(PYTHON) manage.py migrate --no-input
	$(BIN)/gunicorn reanimator.wsgi

worker: setup broker  ## Run a Celery worker (CELERY_BROKER_URL)
	$(CELERY) worker --loglevel INFO --without-gossip --without-mingle

beat: setup broker  ## Run the scheduler of periodic jobs, one for all hosts (CELERY_BROKER_URL)
	@mkdir -p var
	$(CELERY) beat --loglevel INFO --schedule var/celerybeat-schedule

test: test-sqlite test-mariadb  ## Run all tests on SQLite, then on a private MariaDB and Redis what may differ (TEST_ARGS)

test-sqlite: setup  ## Run all tests on SQLite; needs no server
	$(BIN)/pytest --engine=sqlite $(PARALLEL) $(TEST_ARGS)

test-mariadb: setup test-services  ## Run what touches servers on a private MariaDB and Redis; the rest has no engine
	$(BIN)/pytest --engine=mariadb -m servers $(PARALLEL) $(TEST_ARGS)

lint: setup  ## Check style, types, imports, migrations and the API's schema
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(PYTHON) manage.py makemigrations --check --dry-run
	$(PYTHON) manage.py spectacular --validate --fail-on-warn --file /dev/null

format: setup  ## Format the code and mend what can be mended
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

bench: setup test-services  ## Measure what a bundle and figures cost, on a private MariaDB (BENCH_ARGS, RELIABILITY_ARGS)
	$(PYTHON) -m benchmarks $(BENCH_ARGS)
	$(PYTHON) -m benchmarks.reliability $(RELIABILITY_ARGS)

lock: setup  ## Resolve requirements*.in again into requirements*.txt (UPGRADE=--upgrade for newer versions)
	$(BIN)/uv pip compile $(UPGRADE) --quiet --python-version 3.11 --generate-hashes requirements.in -o requirements.txt
	$(BIN)/uv pip compile $(UPGRADE) --quiet --python-version 3.11 --generate-hashes requirements-dev.in -o requirements-dev.txt

clean:  ## Remove .venv and caches; var/ with its data stays
	rm -rf .venv .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

test-services:
	@scripts/test-services.sh

broker:
	@test -n "$$CELERY_BROKER_URL" || { echo "CELERY_BROKER_URL is not set (redis://host:6379/0). Without it, tasks run in the process that starts them, and no worker is needed." >&2; exit 1; }
