# Carteiro's commands. Each one installs what it needs from the lock files into .venv.
PYTHON ?= python3
BIN := .venv/bin
.DEFAULT_GOAL := help
.PHONY: help demo dev test check mutants same-shape chaos bench docs screens lock clean

help: ## Show the commands
	@grep -E '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/^([a-z-]+):.*## /  make \1|/' | column -t -s '|'

demo: .venv/run ## The main job, end to end, on this machine
	@$(BIN)/python examples/demo/demo.py

dev: .venv/run ## A development server with a mailbox
	@$(BIN)/carteiro dev

test: .venv/all ## Install what the tests need and run all of them
	@tools/system-packages
	@$(BIN)/python -m pytest --numprocesses=auto --dist=worksteal --durations=10 -rs

check: .venv/all ## Lint, types and architecture
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports

mutants: .venv/all ## Break ROOM=… one place at a time: does a test turn red?
	@$(BIN)/python -m tools.mutants "$(ROOM)"

same-shape: .venv/all ## Print the places of ten lines or more that have the same shape
	@$(BIN)/python -m tools.same_shape

chaos: .venv/all ## Kill processes, cut connections, restart the database: is anything lost?
	PYTHONPATH=tests $(BIN)/python -m tests.chaos

bench: .venv/all ## Measure, print the tables, keep them in docs/; PART=codes measures one part
	$(BIN)/python -m bench $(PART)

docs: .venv/all ## Write the reference pages and carteiro.configs from the code
	$(BIN)/python -m tools.reference

screens: .venv/all ## Pictures of mails and of every page's screens, into ./screens; SCREEN=code takes that page's
	$(BIN)/python -m tools.screens.mails screens/mails
	PYTHONPATH=tests $(BIN)/python -m tests.screens $(SCREEN)

lock: .venv/all ## Resolve the dependencies again
	tools/lock $(BIN)/uv

clean: ## Remove what the commands made
	rm -rf .venv build dist mutants screens .mypy_cache .ruff_cache .pytest_cache .hypothesis

# One environment; "all" holds everything of "run".
.venv/bin/python:
	@$(PYTHON) -m venv .venv

.venv/run: requirements/run.lock requirements/build.lock pyproject.toml | .venv/bin/python
	@tools/install $$(test -e .venv/all && echo all || echo run)
	@touch $@

.venv/all: requirements/all.lock requirements/build.lock pyproject.toml | .venv/bin/python
	@tools/install all
	@touch $@ .venv/run
