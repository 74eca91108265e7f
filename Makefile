# Needs Python 3.11 or later, make and a C compiler, and nothing of ours.

PYTHON ?= python3
BIN := .venv/bin
READY := .venv/.ready
SECONDS ?= 60
# One more than there are processors: now and then a test waits.
TESTERS ?= $(shell expr $$(getconf _NPROCESSORS_ONLN) + 1)

# What checking the webmail needs, on a machine that can.
WEB := $(if $(shell command -v npm),web/node_modules/.package-lock.json)

# Where it cannot be built, all else goes on without it.
WEBMAIL := $(BIN)/python hatch_build.py --webmail || true

# Every process that a test starts would otherwise compile all of it anew.
unexport PYTHONDONTWRITEBYTECODE

.DEFAULT_GOAL := help
.PHONY: help run try-outgoing test check docs format web stories pictures compiled bench compare stress fuzz lock clean

help:  ## list what there is to make
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-12s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

$(READY): pyproject.toml requirements-dev.lock
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "Python 3.11 or later is needed: make PYTHON=/path/to/python3.11")'
	test -x $(BIN)/python || $(PYTHON) -m venv .venv
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --requirement requirements-dev.lock
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-build-isolation --no-deps --editable .
	@touch $@

run: $(READY)  ## serve demo people and mail on loopback; Ctrl-C stops it
	@$(WEBMAIL)
	@$(BIN)/pillarbox try

try-outgoing: $(READY)  ## watch mail go from one Pillarbox to another, on loopback
	@$(BIN)/python -m pillarbox.testing.neighbourhood

test: $(READY)  ## all tests that need nothing from outside
	@$(BIN)/python tests/checks/suite.py
	@$(WEBMAIL)
	$(BIN)/pytest -n $(TESTERS) --dist worksteal -m "not slow"

check: $(READY) $(WEB)  ## format, style, types, layers, generated documents; the webmail's too where npm is
	$(BIN)/ruff format --check src tests bench hatch_build.py
	$(BIN)/ruff check src tests bench hatch_build.py
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/python -m pillarbox.testing.documents --check
	$(if $(WEB),cd web && npm run --silent check && npm test --silent)

docs: $(READY)  ## write the documents that come from the code
	$(BIN)/python -m pillarbox.testing.documents

format: $(READY)  ## put source and tests into their form
	$(BIN)/ruff format src tests bench hatch_build.py
	$(BIN)/ruff check --fix src tests bench hatch_build.py

web: $(READY)  ## build the webmail into the package, by Node.js 20 or later
	@$(BIN)/python hatch_build.py --webmail

stories: $(READY) web  ## everything that is told of the webmail in Chromium, the long stories too
	$(BIN)/pytest -n 2 tests/web

pictures: $(READY) web  ## take pictures of the webmail for the documents, with Chromium
	PICTURES=docs/pictures $(BIN)/pytest -n 0 tests/web/test_webmail.py -k pictures

web/node_modules/.package-lock.json: web/package-lock.json
	cd web && npm ci --no-audit --no-fund --silent
	@touch $@

compiled: $(READY)  ## the package with its hot modules compiled, in build/front: for PYTHONPATH
	@$(BIN)/python hatch_build.py

bench: compiled  ## measure the compiled form, beside Dovecot and Postfix where they are installed; writes bench/RESULTS.md
	PYTHONPATH=build/front $(BIN)/python -m bench

compare: $(READY)  ## ask Dovecot the same of the same mail, where it is installed; writes bench/COMPARE.md
	$(BIN)/python -m bench.compare

stress: $(READY)  ## the long tests: kill -9 under load, and others marked slow; writes bench/STRESS.md
	PILLARBOX_STRESS_REPORT=bench/STRESS.md $(BIN)/pytest -m slow --timeout 3600

fuzz: $(READY)  ## random bytes for every engine, SECONDS each (60)
	PYTHONPATH=tests $(BIN)/python tests/fuzz/mutate.py --seconds $(SECONDS)

lock: $(READY)  ## write what is installed now into the lock files
	$(BIN)/python -m pip list --format freeze --exclude pillarbox --exclude pip > requirements-dev.lock
	$(BIN)/python -m pillarbox.testing.locks > requirements.lock

clean:  ## remove what was made
	rm -rf .venv .mypy_cache .ruff_cache .pytest_cache .import_linter_cache .hypothesis build dist
