# The whole of Senim in five words: make run, make serve, make test, make bench, make clean.
# Everything is installed into .venv by the first of them; a second run starts in seconds.

PYTHON ?= python3
BIN := .venv/bin
STAMP := .venv/.installed
# Thread pools that fight over two cores are slower than one each.
export TOKENIZERS_PARALLELISM ?= false

run: $(STAMP)            ## a sample web is crawled, judged, alerted and digested; ends by itself
	$(BIN)/senim demo --no-serve

serve: $(STAMP)          ## the same, then the dashboard at http://127.0.0.1:8765
	$(BIN)/senim demo

# Two processes with a thread each: with two threads each they wait for one another, and training takes thrice as long.
test: .venv/.tested      ## style, types and all tests
	$(BIN)/ruff check .
	$(BIN)/mypy
	OMP_NUM_THREADS=1 $(BIN)/python -m pytest -q -n 2 --dist loadfile

bench: .venv/.tested     ## slow measurements: speed, memory, model figures
	$(BIN)/python -m pytest -q tests/bench --benchmark

# torch comes first and by its exact version: a later package would pull another build of it.
$(STAMP): pyproject.toml
	test -x $(BIN)/python || $(PYTHON) -m venv .venv
	$(BIN)/python -m pip install --quiet --disable-pip-version-check torch==2.13.0
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -e .
	touch $@

.venv/.tested: $(STAMP)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -e '.[train,dev]'
	touch $@

clean:                   ## forget the environment and everything that was made
	rm -rf .venv var *.egg-info

.PHONY: run serve test bench clean
