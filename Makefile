# Two commands do all the set-up: `make run` and `make test`.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/$(if $(filter Windows_NT,$(OS)),Scripts,bin)
READY := $(VENV)/.ready
UV := $(shell command -v uv 2>/dev/null)
ADD := $(if $(UV),$(UV) pip install --quiet --compile-bytecode --python $(BIN)/python,$(BIN)/python -m pip install --quiet)

.DEFAULT_GOAL := help
.PHONY: run test lab check verify seal faults fuzz kills lint bench bench-scale help

run: $(READY) ## re-run the notebooks that are stale, export their figures
	$(BIN)/python -m tielines run

test: $(VENV)/.tested ## all tests, the notebooks under nbval included
	PYTHONPATH=tests $(BIN)/python -m pytest -p quick

lab: $(READY) ## JupyterLab: the notebooks, and own/ for one's own, which git ignores
	mkdir -p own
	$(BIN)/jupyter lab --ServerApp.root_dir=. --LabApp.default_url=/lab/tree/notebooks \
		--ContentsManager.pre_save_hook=tielines.notebooks.before_save

check: $(READY) ## what must hold within and between the rows of data/
	$(BIN)/python -m tielines check

verify: $(READY) ## prove every row against the texts in articles/ or TIELINES_ARTICLES
	$(BIN)/python -m tielines verify

seal: $(READY) ## say that changed tables are as they should be, after all rules hold
	$(BIN)/python -m tielines seal

faults: $(READY) ## plant wrong cells one at a time: how many are noticed?
	PYTHONPATH=tests $(BIN)/python tests/faults.py

fuzz: $(READY) ## damaged input of every kind: what is refused, what crashes, what is taken in silence?
	PYTHONPATH=tests $(BIN)/python tests/fuzz.py

kills: $(READY) ## kill runs at random moments: does the next run repair everything?
	$(BIN)/python tests/kills.py

lint: $(READY) ## ruff, notebooks included
	$(BIN)/ruff check . && $(BIN)/ruff format --check .

bench: $(VENV)/.bench ## speed as ratios, measured side by side
	PYTHONPATH=tests $(BIN)/python tests/bench.py

bench-scale: $(VENV)/.scale ## how measures grow: 10^6, 10^7 and 10^8 simulated claims on pandas, DuckDB and Spark
	PYTHONPATH=tests $(BIN)/python tests/bench_scale.py --draw docs/beyond-one-machine.svg

help: ## this list
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/:[^#]*## /\t/' | sort | expand -t 13

# The lock is constraints.txt; bytecode is compiled once, or each start would compile it anew.
$(READY): pyproject.toml constraints.txt
	@echo "First the environment: some 120 packages into $(VENV), with $(if $(UV),uv: half a minute,pip: one to three minutes)."
ifneq ($(UV),)
	$(UV) venv --allow-existing --python $(PYTHON) $(VENV)
	$(UV) pip install --compile-bytecode --python $(BIN)/python -c constraints.txt -e '.[test,office]'
else
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --disable-pip-version-check -c constraints.txt -e '.[test,office]'
endif
	$(BIN)/python -m compileall -q src
	touch $@

# What writes reports and exports is heavy (300 MB), so it comes with the tests alone.
$(VENV)/.tested: $(READY)
	@echo "And what the tests of reports and exports need: pandoc, typst, python-pptx, duckdb."
	$(ADD) -c constraints.txt -e '.[test,office,report,parquet]'
	touch $@

$(VENV)/.bench: $(VENV)/.tested
	@echo "Three packages more, to measure against."
	$(ADD) -c constraints.txt -e '.[test,office,report,parquet,bench]'
	touch $@

$(VENV)/.scale: $(READY)
	@echo "pyarrow and pyspark more, 450 MB; Spark also wants a Java of 17 or later."
	$(if $(UV),$(UV) pip install --quiet --compile-bytecode --python $(BIN)/python,$(BIN)/python -m pip install --quiet) -c constraints.txt -e '.[test,office,spark]'
	touch $@
