# Needs Python 3.11, 3.12 or 3.13, make and git. Everything else is installed under .cache/.

ifndef PYTHON
PYTHON := $(shell for each in python3 python3.13 python3.12 python3.11; do \
	"$$each" -c 'import sys; sys.exit(not (3, 11) <= sys.version_info[:2] <= (3, 13))' 2>/dev/null && echo "$$each" && break; \
	done)
endif
ARGS ?=
export NOX_DOWNLOAD_PYTHON := never
JOBS ?= auto
export NO_COLOR := 1
# Where pyenv keeps the interpreters that it was not told to show.
export PATH := $(PATH)$(shell printf ':%s' $(HOME)/.pyenv/versions/3.*/bin)
# nox and uv, in an environment that another Python or other pins make anew.
TOOLS := .cache/tools-$(shell { "$(PYTHON)" -VV; cat tests/requirements/nox.txt; } 2>&1 | cksum | cut -d ' ' -f 1)
NOX := $(TOOLS)/bin/nox
# The sessions side by side, then the sum; the sum is the verdict.
SUITE := rm -rf .cache/results .cache/report.json; $(NOX) --parallel $(JOBS) --allow-parallel --report .cache/report.json
SUM := $(TOOLS)/bin/python tests/tools/summary.py

.DEFAULT_GOAL := help
.PHONY: help demo test test-unit test-floor test-integration test-browser test-spark test-cores fuzz forecast mutants lint sanity build bench changelog schemas pins audit clean

help: ## List the targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-17s %s\n", $$1, $$2 }' Makefile

# For a newcomer: nothing but what happens, and quickly. The caller's own settings win.
demo: export ANSIBLE_LOCALHOST_WARNING ?= false
demo: export ANSIBLE_INVENTORY_UNPARSED_WARNING ?= false
demo: export ANSIBLE_DISPLAY_SKIPPED_HOSTS ?= false
demo: export ANSIBLE_PIPELINING ?= true
demo: $(NOX) ## Show all of it on sample data, or on the real API with a token in the environment
	@$(NOX) --session demo -- $(ARGS)

test: $(NOX) ## Run every check and test, with a summary at the end
	@$(SUITE); $(SUM)

test-cores: $(NOX) ## Run the unit and integration tests on every ansible-core we support
	@$(SUITE) --session cores; $(SUM)

test-unit test-floor test-integration test-browser test-spark: $(NOX)
	@$(NOX) --session $(@:test-%=%) -- $(ARGS)

test-unit: ## Run the unit tests; ARGS="-k period" for some of them, without their coverage
test-floor: ## Run the unit tests with the oldest ansible-core and libraries that are admitted
test-integration: ## Run playbooks of the installed artifact against the simulator
test-browser: ## Look at the report in a browser: layout, paper and accessibility; pictures go to .cache/pytest/browser/d/pictures

test-spark: ## Read exported datasets with PySpark and DuckDB; needs Java, and says so where there is none

# Hypothesis marks its tests.
fuzz: export HYPOTHESIS_PROFILE := fuzz
fuzz: $(NOX) ## Look for long for records, answers, budgets and texts that break what must always hold
	@$(NOX) --session unit -- -m hypothesis $(ARGS)

lint sanity audit: $(NOX)
	@$(NOX) --session $@

lint: ## Run ruff, yamllint, zizmor, ansible-lint, antsibull-docs and mypy
sanity: ## Run ansible-test sanity
audit: ## Ask the advisory databases about everything that is pinned

build: $(NOX) ## Build the artifact and its SBOM into dist/
	@$(NOX) --session artifact
	@mkdir -p dist && cp .cache/dist/artifact/* dist/ && ls dist/*

bench forecast mutants: $(NOX)
	@$(NOX) --session "program($@)" -- $(ARGS)

bench: ## Measure memory and time on large answers
forecast: ## Print the tables of docs/forecast.md and docs/anomaly.md; ARGS="--only anomaly" for one of them
mutants: ## Tell which changes of the code that decides no test notices; ARGS="merge gate" for some files

schemas: $(NOX) ## Write docs/schemas anew after a change of a schema
	@$(NOX) --session "program(unit)" -- $(CURDIR)/docs/schemas

changelog: $(NOX) ## Bring CHANGELOG.md up to date with the fragments
	@$(NOX) --session changelog -- --write

# A lock leaves ansible-core itself to those in core/, of which every environment gets one.
COMPILE = $(TOOLS)/bin/uv pip compile --quiet --upgrade --universal --generate-hashes --no-annotate \
	--custom-compile-command "make pins" --output-file "$${each%.in}.txt" "$$each"

pins: $(NOX) ## Renew the pinned versions of everything that is developed with
	@for each in tests/requirements/*.in; do \
		$(COMPILE) --python-version 3.11 --no-emit-package ansible-core || exit; done
	@for each in tests/requirements/core/*.in; do $(COMPILE) --python-version 3.13 --no-deps || exit; done

clean: ## Remove environments, logs, artifacts and reports of the demo
	rm -rf .cache dist demo-report collections

$(NOX): tests/requirements/nox.txt
	@test -n "$(PYTHON)" || { echo "Python 3.11, 3.12 or 3.13 is needed; name one with PYTHON=..." >&2; exit 1; }
	@echo "Installing nox and uv"
	@rm -rf $(TOOLS) && "$(PYTHON)" -m venv $(TOOLS)
	@$(TOOLS)/bin/pip install --quiet --disable-pip-version-check --require-hashes -r tests/requirements/nox.txt
	@touch $@
