# Two commands do everything on a fresh machine: `make demo` and `make test`.
SHELL := /bin/bash
.DEFAULT_GOAL := help

# A uv on the PATH may be a shim that fails in this folder: ask it before trusting it.
UV := $(shell if uv --version >/dev/null 2>&1; then echo uv; else echo .uv/bin/uv; fi)
BIN := .venv/bin
STAMP := .venv/.ready

.PHONY: help setup demo test check docs bench bench-areas bench-audit bench-index bench-stats bench-sources fuzz lock sample clean

help: ## Show this list
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 12

.uv/bin/uv:
	@echo "uv is missing: installing it into .uv"
	@python3 -m venv .uv 2>/dev/null && .uv/bin/python -m pip install --quiet uv \
	  || { rm -rf .uv; python3 -m pip install --quiet --target .uv uv; }

$(STAMP): pyproject.toml requirements.lock .python-version $(filter .uv/bin/uv,$(UV))
	@[ -x $(BIN)/python ] || $(UV) venv --quiet .venv
	@$(UV) pip sync --quiet --require-hashes requirements.lock
	@$(UV) pip install --quiet --no-deps --editable .
	@touch $@

setup: $(STAMP) ## Build .venv with everything the project needs

demo: $(STAMP) ## Run the main job on the sample county; results in build/demo
	@$(BIN)/sozialraum run data/boundaries --output build/demo --work build/work
	@$(BIN)/python tools/cluster_recovery.py --work build/work

test: $(STAMP) ## Run all tests (pass pytest options with ARGS=...)
	@$(BIN)/python -m pytest --numprocesses 2 --dist loadfile $(ARGS)

check: $(STAMP) ## Lint, format, types, import contracts
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	@$(BIN)/pyright
	@$(BIN)/lint-imports

docs: $(STAMP) ## Build the documentation into site/
	@$(BIN)/zensical build --clean

bench: $(STAMP) ## Print one JSON line per measurement
	@$(BIN)/python tools/bench.py

PEERS := build/areas_bench/venv
$(PEERS)/.ready: $(STAMP)
	@$(UV) venv --quiet --clear --python $(BIN)/python $(PEERS)
	@$(UV) pip install --quiet --python $(PEERS)/bin/python --group bench
	@touch $@

bench-areas: $(STAMP) $(PEERS)/.ready ## Measure the delineation, others beside it (ARGS=--help)
	@PYTHONPATH=tools $(BIN)/python -m areas_bench $(ARGS)

bench-audit: $(STAMP) ## Measure the disclosure auditor and check it against oracles (ARGS=--help)
	@PYTHONPATH=tools $(BIN)/python -m audit_bench $(ARGS)

bench-index: $(STAMP) ## Measure index, stability and smoothing (ARGS="--worlds 20" for a quick look)
	@PYTHONPATH=tools $(BIN)/python tools/index_bench.py --stability $(ARGS)
	@PYTHONPATH=tools $(BIN)/python tools/smooth_bench.py $(ARGS)
	@$(BIN)/python tools/index_speed.py

bench-stats: $(STAMP) $(PEERS)/.ready ## Measure local statistics, contiguity and scan, others beside them
	@PYTHONPATH=tools $(BIN)/python -m stats_bench $(ARGS)

SOURCE_PEERS := build/sources_bench/venv
$(SOURCE_PEERS)/.ready: $(STAMP)
	@$(UV) venv --quiet --clear --python $(BIN)/python $(SOURCE_PEERS)
	@$(UV) pip install --quiet --python $(SOURCE_PEERS)/bin/python --group bench-sources
	@touch $@

bench-sources: $(STAMP) $(SOURCE_PEERS)/.ready ## Measure readers and transfers, others beside them
	@PYTHONPATH=tools $(BIN)/python -m sources_bench $(ARGS)

fuzz: $(STAMP) ## Give the readers thousands of broken files (ARGS="--inputs 2000 --seed 7")
	@$(BIN)/python tools/fuzz_sources.py $(ARGS)

sample: $(STAMP) ## Make the sample county again (same seed, same bytes)
	@$(BIN)/python data/generate_musterkreis.py --seed 7

lock: pyproject.toml ## Renew requirements.lock (no index addresses)
	@$(UV) pip compile --quiet --universal --generate-hashes --no-emit-index-url --no-header \
	  --group dev pyproject.toml --output-file requirements.lock --upgrade

clean: ## Remove everything that was built
	@rm -rf build dist site .venv .uv .pytest_cache .ruff_cache .hypothesis
