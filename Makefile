# Schakel. `make demo` to try it, `make test` for everything CI runs. README.md tells more.

PYTHON ?= python3
PORT ?= 8000
ENVIRONMENT = $(PYTHON) -m config.tooling.environment

.PHONY: help install demo test bench kill-drill screenshots lock messages format

help:
	@echo "make demo [PORT=8000]                  try Schakel with fictional data; Ctrl-C stops it"
	@echo "make test [ONLY=name]                  everything CI runs, or one check of it"
	@echo "make bench [SIZE=] [ONLY=] [DB=]       the benchmarks, on SQLite and PostgreSQL"
	@echo "make kill-drill                        kill -9 of web server and worker during 2,000 deliveries"
	@echo "make screenshots [TO=data/screenshots] pictures of every screen, 1440 and 390 px wide, in both languages"
	@echo "make install | lock | messages | format"

install:
	@$(ENVIRONMENT) --dev

demo:
	@$(ENVIRONMENT) && exec .venv/bin/python -m config.tooling.demo $(PORT)

test:
	@$(ENVIRONMENT) --dev && exec .venv/bin/python -m config.tooling.checks $(if $(ONLY),--only $(ONLY))

bench:
	@$(ENVIRONMENT) --dev && exec .venv/bin/python -m config.tooling.bench \
		$(if $(SIZE),--size $(SIZE)) $(if $(ONLY),--only $(ONLY)) $(if $(DB),--db $(DB))

kill-drill:
	@$(ENVIRONMENT) --dev && KILL_DRILL_DELIVERIES=2000 exec .venv/bin/pytest -q tests/integrations/hub/test_kill_drill.py

screenshots:
	@$(ENVIRONMENT) --dev && exec .venv/bin/python -m config.tooling.screenshots $(TO)

# Lock again what requirements.in and requirements-dev.in ask for. LOCK=--upgrade takes the newest of everything.
LOCKING = .venv/bin/uv pip compile --quiet --python-version 3.11 --generate-hashes --no-header --no-annotate \
	--no-emit-index-url $(LOCK)

lock: install
	$(LOCKING) requirements.in -o requirements.lock
	$(LOCKING) requirements-dev.in -o requirements-dev.lock

# Put new messages into locale/nl; translate them there.
messages: install
	.venv/bin/python -m config.tooling.translations add

format: install
	.venv/bin/ruff check --fix .
	.venv/bin/ruff format .
