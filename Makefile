# Two commands matter: `make book` serves the book on this machine, `make test` checks all of it.
# Each of them with TORCH=0 does without PyTorch, and leaves out what needs it.

PYTHON ?= $(shell for p in python3.11 python3; do \
	$$p -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && echo $$p && break; done)
PORT ?= 8000
PY := .venv/bin/python
BUILD = rm -rf _build/html _build/.doctrees && .venv/bin/jupyter-book build . -W -n --keep-going --all
PYTEST := $(PY) -m pytest
UNIT = tests dlnotes --doctest-modules --ignore=tests/site --ignore=tests/notebooks \
	$(if $(filter 0,$(TORCH)),--ignore=dlnotes/torch) -n auto --dist loadfile
NBVAL := --nbval --nbval-current-env --nbval-cell-timeout=300 -p tools.outputs -n auto --dist loadfile
export TORCH ?= 1
INSTALLED := .venv/installed$(if $(filter 0,$(TORCH)),-numpy)
SAY := @printf '\n\033[1m== %s\033[0m\n'

.DEFAULT_GOAL := help
.PHONY: help book html page lab test test-cpus test-fast lint notebooks bench lighthouse clean

help: ## this list
	@sed -n 's/^\([a-z-]*\):.*## \(.*\)/  make \1\t\2/p' $(firstword $(MAKEFILE_LIST)) | expand -t 20

book: html ## build the book and serve it on this machine
	$(PY) tools/serve.py _build/html $(PORT)

html: $(INSTALLED) ## build the book into _build/html
	$(SAY) 'Building the book: every notebook that was not run as it stands is run'
	$(BUILD)

page: $(INSTALLED) ## for who writes: run and build one page (ONLY=chapters/neural-networks/backpropagation)
	@test -n '$(ONLY)' || { echo 'Which page? make page ONLY=chapters/...' >&2; exit 1; }
	DLNOTES_PAGE=$(basename $(ONLY)) .venv/bin/jupyter-book build . -n -q
	@echo _build/html/$(basename $(ONLY)).html

lab: $(INSTALLED) ## open the chapters in JupyterLab
	$(PY) -m jupyter lab chapters

# One thread for each process: sums then round in one order everywhere, and two workers do not fight over two cores.
export OMP_NUM_THREADS := 1
export OPENBLAS_NUM_THREADS := 1
export MKL_NUM_THREADS := 1

test: lint ## everything: code, notebooks, build, pages in a browser
	$(SAY) 'Unit, parity, gradient and property tests, doctests'
ifeq ($(TORCH),0)
	$(PYTEST) $(UNIT)
	$(SAY) 'Every output of every notebook without its torch cells'
	$(PY) tools/notebooks.py --numpy _build/numpy
	$(PYTEST) _build/numpy $(NBVAL)
else
	$(PYTEST) $(UNIT) --cov
	$(SAY) 'The two back ends side by side as an older processor would run them'
	$(PY) tools/cpus.py --oldest tests/parity/test_walk.py -k 'test_case and float32' -n auto -q
	$(SAY) 'Every output of every notebook'
	$(PYTEST) chapters $(NBVAL)
endif
	$(SAY) 'Rules over the notebooks'
	$(PYTEST) tests/notebooks -n auto --dist loadfile
	$(SAY) 'A clean build from those outputs, warnings are errors'
	$(BUILD)
ifneq ($(TORCH),0) # the browser's tests are about the whole book
	$(SAY) 'Every page in a browser'
	DLNOTES_SITE=_build/html $(PYTEST) tests/site -rs -n auto --maxprocesses 4 --dist loadgroup
endif

test-cpus: $(INSTALLED) ## unit tests and notebooks as other processors would run them, with a table
	$(PY) tools/cpus.py

test-fast: lint ## the inner loop: lint, types, unit tests that are not slow
	$(PYTEST) $(UNIT) -m 'not slow' -q

lint: $(INSTALLED) ## style and types
	$(SAY) 'Lint and types'
	$(PY) -m ruff check .
	$(PY) -m mypy

notebooks: $(INSTALLED) ## run the notebooks and store them in their normal form
	$(PY) tools/notebooks.py

bench: .venv-bench/installed ## measure dlnotes.numpy against PyTorch and others, one thread each (QUICK=1: a minute)
	$(SAY) 'Measuring; leave the machine alone meanwhile'
	PYTHONPATH=.venv-bench $(PY) -m benchmarks $(if $(QUICK),--quick) $(if $(ONLY),--only $(ONLY))

lighthouse: html ## Lighthouse's four scores for one page of each kind (needs Node)
	$(PY) tools/lighthouse.py

clean: ## remove what was built (.venv stays)
	rm -rf _build .pytest_cache .mypy_cache .ruff_cache .hypothesis .coverage .coverage.*

.venv-bench/installed: .venv/installed benchmarks/requirements.txt # beside the book's packages, not among them
	$(PY) -m pip install --disable-pip-version-check --no-deps --upgrade --target .venv-bench -r benchmarks/requirements.txt
	@touch $@

.venv/installed .venv/installed-numpy: .venv/%: requirements.txt requirements-numpy.txt pyproject.toml
	@test -n '$(PYTHON)' || { echo 'Python 3.11 or newer is needed; on Debian: apt-get install python3 python3-venv.' \
		'If it has another name: make PYTHON=...' >&2; exit 1; }
	@$(PYTHON) -c 'import venv, ensurepip' 2>/dev/null || { echo '$(PYTHON) has no venv module;' \
		'on Debian: apt-get install python3-venv' >&2; exit 1; }
	$(SAY) 'Installing into .venv'
	test -x $(PY) || $(PYTHON) -m venv .venv
	$(PY) -m pip install --disable-pip-version-check -r $(if $(filter %-numpy,$*),requirements-numpy.txt,requirements.txt)
	$(PY) -m pip install --disable-pip-version-check --no-deps -e .
	@touch $@
