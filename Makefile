# make demo    the whole loop on the sample data, in demo/
# make test    the tests            make check   lint, types, import contracts, tests
# make bench   the benchmarks       make setup   the environment in .venv, which all of these make first

PYTHON ?= python3.11
BIN := .venv/bin
READY := .venv/ready

.PHONY: setup demo test lint check bench clean

setup: $(READY)

# torch goes first, by its exact version: a range would let other packages choose its build.
$(READY): pyproject.toml constraints.txt
	$(PYTHON) -m venv .venv
	$(BIN)/pip install --quiet "$$(grep '^torch==' constraints.txt)"
	$(BIN)/pip install --quiet --constraint constraints.txt --editable '.[all,dev]'
	touch $(READY)

demo: $(READY)
	$(BIN)/python -m samples.demo demo

test: $(READY)
	$(BIN)/pytest --numprocesses logical --dist loadfile

lint: $(READY)
	$(BIN)/ruff check
	$(BIN)/ruff format --check
	$(BIN)/mypy
	$(BIN)/lint-imports

check: lint test

bench: $(READY)
	for script in bench/*.py; do echo "== $$script"; $(BIN)/python -m bench.$$(basename $$script .py) || exit 1; done

clean:
	rm -rf .venv demo
