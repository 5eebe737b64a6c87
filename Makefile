# Two commands do all the set-up: `make run` and `make test`.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
READY := $(VENV)/.ready
UV := $(shell command -v uv 2>/dev/null)

.DEFAULT_GOAL := help
.PHONY: run test lab check verify seal faults lint bench help

run: $(READY) ## re-run the notebooks that are stale, export their figures
	$(BIN)/python -m tielines run

test: $(READY) ## all tests, the notebooks under nbval included
	PYTHONPATH=tests $(BIN)/python -m pytest -p quick

lab: $(READY) ## JupyterLab on the notebooks
	$(BIN)/jupyter lab --LabApp.default_url=/lab/tree/notebooks

check: $(READY) ## what must hold within and between the rows of data/
	$(BIN)/python -m tielines check

verify: $(READY) ## prove every row against the texts in articles/ or TIELINES_ARTICLES
	$(BIN)/python -m tielines verify

seal: $(READY) ## say that changed tables are as they should be, after all rules hold
	$(BIN)/python -m tielines seal

faults: $(READY) ## plant wrong cells one at a time: how many are noticed?
	PYTHONPATH=tests $(BIN)/python tests/faults.py

lint: $(READY) ## ruff, notebooks included
	$(BIN)/ruff check . && $(BIN)/ruff format --check .

bench: $(VENV)/.bench ## speed as ratios, measured side by side
	PYTHONPATH=tests $(BIN)/python tests/bench.py

help: ## this list
	@grep -hE '^[a-z]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/:[^#]*## /\t/' | sort | expand -t 10

# The lock is constraints.txt; bytecode is compiled once, or each start would compile it anew.
$(READY): pyproject.toml constraints.txt
ifneq ($(UV),)
	$(UV) venv --quiet --allow-existing --python $(PYTHON) $(VENV)
	$(UV) pip install --quiet --compile-bytecode --python $(BIN)/python -c constraints.txt -e '.[test,office]'
else
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -c constraints.txt -e '.[test,office]'
endif
	touch $@

$(VENV)/.bench: $(READY)
	$(if $(UV),$(UV) pip install --quiet --compile-bytecode --python $(BIN)/python,$(BIN)/python -m pip install --quiet) -c constraints.txt -e '.[test,office,bench]'
	touch $@
