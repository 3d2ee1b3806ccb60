# Needs Python 3.11, 3.12 or 3.13, make and git. Everything else is installed under .cache/.

ifndef PYTHON
PYTHON := $(shell for each in python3 python3.13 python3.12 python3.11; do \
	"$$each" -c 'import sys; sys.exit(not (3, 11) <= sys.version_info[:2] <= (3, 13))' 2>/dev/null && echo "$$each" && break; \
	done)
endif
STAGES = $(PYTHON) -m tests.tools.run_stages
ARGS ?=

.DEFAULT_GOAL := help
.PHONY: help demo test test-unit test-floor test-integration lint sanity build bench changelog clean python

help: ## List the targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-17s %s\n", $$1, $$2 }' Makefile

demo: python ## Show all of it on sample data, or on the real API with a token in the environment
	@$(PYTHON) -m tests.tools.demo demo-report

test: python ## Run every check and test, with a summary at the end
	@$(STAGES)

test-unit: python ## Run the unit tests, without their coverage; ARGS="-k period" for some of them
	@$(STAGES) --pytest="--no-cov $(ARGS)" unit

test-floor: python ## Run the unit tests with the oldest ansible-core and libraries that are admitted
	@$(STAGES) --pytest="$(ARGS)" floor

test-integration: python ## Run playbooks of the installed artifact against the simulator
	@$(STAGES) --pytest="$(ARGS)" integration

lint: python ## Run ruff, mypy, yamllint, ansible-lint and the checks of documentation and changelog
	@$(STAGES) ruff mypy yamllint ansible-lint docs changelog

sanity: python ## Run ansible-test sanity
	@$(STAGES) sanity

build: python ## Build the artifact into dist/
	@$(PYTHON) -m tests.tools.artifact dist

bench: python ## Measure memory and time on large answers
	@$(PYTHON) -m tests.performance $(ARGS)

changelog: python ## Bring CHANGELOG.md up to date with the fragments
	@$(PYTHON) -m tests.tools.changelog

clean: ## Remove environments, logs, artifacts and reports of the demo
	rm -rf .cache dist demo-report collections

python:
	@test -n "$(PYTHON)" || { echo "Python 3.11, 3.12 or 3.13 is needed; name one with PYTHON=..." >&2; exit 1; }
