# make demo: set up and run a training installation.   make test: set up and pass all tests.
SHELL := /bin/bash
.DEFAULT_GOAL := help
.PHONY: help demo up down test test-fast check lock setup setup-test
BIN := .venv/bin

help:
	@echo "make demo       install what is missing, start OpenCEN with training data until Ctrl-C"
	@echo "make test       install what tests need and run them all on real servers"
	@echo "make test-fast  the tests that need no server"
	@echo "make check      style, types, layers, coverage"
	@echo "make lock       write the lock files anew after a change of pyproject.toml"

setup:
	@./scripts/setup.sh run

setup-test:
	@./scripts/setup.sh test

demo: setup
	@exec $(BIN)/opencen demo

up: setup
	@exec $(BIN)/opencen up

down:
	@$(BIN)/opencen down

test: setup-test
	@echo "- All tests, on real servers"
	@$(BIN)/python -m pytest tests

test-fast: setup-test
	@echo "- Tests without servers"
	@$(BIN)/python -m pytest tests/unit tests/contract -q

check: setup-test
	@echo "- ruff check"
	@$(BIN)/ruff check .
	@echo "- ruff format"
	@$(BIN)/ruff format --check .
	@echo "- mypy --strict: shared and every domain"
	@$(BIN)/mypy --strict shared $(wildcard services/*/domain)
	@echo "- import-linter: layers"
	@$(BIN)/lint-imports
	@echo "- coverage of every domain"
	@rm -f .coverage .coverage.json
	@$(BIN)/python -m pytest tests/unit -q --no-header --cov --cov-report= >.coverage.log 2>&1 || { tail -n 40 .coverage.log; exit 1; }
	@$(BIN)/coverage json -q -o .coverage.json
	@$(BIN)/python -m tests.check_domains .coverage.json
	@echo "All checks passed."

lock: setup-test
	@$(BIN)/uv pip compile pyproject.toml --universal --generate-hashes --no-emit-index-url --no-emit-find-links --no-header -q -o requirements.lock
	@$(BIN)/uv pip compile pyproject.toml --extra test --universal --generate-hashes --no-emit-index-url --no-emit-find-links --no-header -q -c requirements.lock -o requirements-test.lock
