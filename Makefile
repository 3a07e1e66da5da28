# `make search` runs a search, `make test` checks the project; both set up what they need.

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
ARGS ?= easy

# Byte-code left uncompiled would make every import of TensorFlow take twice as long.
unexport PYTHONDONTWRITEBYTECODE
export TF_CPP_MIN_LOG_LEVEL ?= 3

.PHONY: search test lint types tests test-cluster clean

search: $(VENV)/run
	$(BIN)/python -m search $(ARGS)

test: lint types tests

lint: $(VENV)/dev
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .

types: $(VENV)/dev
	$(BIN)/mypy

# Two processes, each with a Ray of its own; tests/cluster starts Ray itself and goes alone.
tests: $(VENV)/dev
	$(BIN)/pytest -n 2 --dist loadfile --no-loadscope-reorder --ignore=tests/cluster
	$(BIN)/pytest tests/cluster

# Two hosts made of namespaces, which needs root; says why where it is skipped.
test-cluster: $(VENV)/dev
	$(BIN)/pytest -m hosts -rs tests/cluster

$(BIN)/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' \
	  || { echo "Latentune needs Python 3.11 or newer: give one by make PYTHON=..."; exit 1; }
	@$(PYTHON) -c 'import ensurepip, venv' 2>/dev/null \
	  || { echo "Python cannot make environments: install the package python3-venv"; exit 1; }
	$(PYTHON) -m venv $(VENV)

# The libraries of CUDA, which take gigabytes, come where there is a GPU to use them.
REQUIREMENTS = requirements$$(nvidia-smi >/dev/null 2>&1 && echo -gpu).txt

# The rooms are found through a .pth to this folder, so that a folder of the same name in the
# current directory does not stand in for them.
$(VENV)/run: requirements.txt requirements-gpu.txt pyproject.toml | $(BIN)/python
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -r $(REQUIREMENTS)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps \
	  --config-settings editable_mode=compat --editable .
	touch $@

$(VENV)/dev: requirements-dev.txt $(VENV)/run
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -r requirements-dev.txt
	touch $@

clean:
	rm -rf $(VENV) build *.egg-info
