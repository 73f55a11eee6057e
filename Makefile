# make demo    the whole loop on the sample data, in demo/
# make test    the tests            make check   lint, types, import contracts, tests
# make bench   the benchmarks       make setup   the environment in .venv, which all of these make first
# make fuzz    the property tests, each with 2,000 examples that differ from run to run
# make pictures   the pictures in docs/, of the demo

PYTHON ?= python3.11
BIN := .venv/bin
READY := .venv/ready

PROPERTIES = $(shell grep -rlE '^@given|^    @given|RuleBasedStateMachine' tests --include='test_*.py')

.PHONY: setup demo pictures test fuzz lint check bench clean

setup: $(READY)

# torch goes first, by its exact version: a range would let other packages choose its build.
$(READY): pyproject.toml constraints.txt
	$(PYTHON) -m venv .venv
	$(BIN)/pip install --quiet "$$(grep '^torch==' constraints.txt)"
	$(BIN)/pip install --quiet --constraint constraints.txt --editable '.[all,dev]'
	touch $(READY)

demo: $(READY)
	$(BIN)/python -m samples.demo demo

pictures: $(READY)
	$(BIN)/python docs/picture.py demo

test: $(READY)
	$(BIN)/pytest --numprocesses logical --dist loadfile

fuzz: $(READY)
	HYPOTHESIS_PROFILE=fuzz $(BIN)/pytest --numprocesses logical $(PROPERTIES)

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
