# Thin on purpose: each target is one readable command. `make demo` and `make test` need nothing but Debian,
# Python 3.11 or newer, and a way to the package registries.

.DEFAULT_GOAL := help
.PHONY: help demo test check bench nightly fuzz approve clean
PYTHON ?= $(shell command -v python3.11 || command -v python3)
BIN := .venv/bin
export PIP_CONSTRAINT := $(CURDIR)/constraints.txt
export PIP_DISABLE_PIP_VERSION_CHECK := 1

help:             ## this list
	@grep -hE '^[a-z]+: .*##' $(MAKEFILE_LIST) | sed -E 's/^([a-z]+):[^#]*## */  make \1\t/'

.venv/installed: pyproject.toml constraints.txt tools/make-environment
	@tools/make-environment "$(PYTHON)"
	@$(BIN)/pip install --quiet --editable .
	@touch $@

.venv/tested: .venv/installed tools/install-browser
	@$(BIN)/pip install --quiet --editable '.[test]'
	@tools/install-browser
	@touch $@

demo: .venv/installed  ## rehearse both trials end to end and say where the reports are
	@rm -rf out/nct02893306 out/nct02057211
	@$(BIN)/armlet rehearse trials/nct02893306 --out out/nct02893306
	@echo
	@$(BIN)/armlet rehearse trials/nct02057211 --out out/nct02057211

test: check       ## every test, with all that they need
	@$(BIN)/pytest -n 2 --dist worksteal

check: .venv/tested  ## style, types and the rules of the architecture
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check --quiet .
	@$(BIN)/mypy --strict src
	@$(BIN)/lint-imports

bench: .venv/tested  ## the benchmarks, against the peers that are present
	@$(BIN)/python -m bench

fuzz: .venv/tested  ## the readers of records against what nobody would write (SECONDS=600, SEEDS=a folder of records)
	@$(BIN)/python tools/fuzz_readers.py --seconds $(or $(SECONDS),600) $(if $(SEEDS),--seeds $(SEEDS))

nightly: .venv/tested  ## the long versions of laws and faults, and a ledger of a million entries
	@ARMLET_LONG=1 $(BIN)/pytest -n 2 --dist worksteal tests/laws tests/faults
	@ARMLET_LONG=1 $(BIN)/python -m bench database

approve: .venv/tested  ## write the golden texts and generated pages anew; read the difference before you commit it
	@ARMLET_APPROVE=1 $(BIN)/pytest -q tests/golden/test_rehearsals.py tests/docs/test_generated_pages.py

clean:            ## forget what was installed and made
	@rm -rf .venv out
