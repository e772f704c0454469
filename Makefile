# make demo [BACKEND=namespace|docker]   watch oracle and nop on every bundle
# make test                              set up and run the tests
PYTHON ?= python3
VENV ?= .venv
BACKEND ?= auto
PYTEST ?= -q
PYENV_VERSIONS ?= $(wildcard $(HOME)/.pyenv/versions/3.10.* $(HOME)/.pyenv/versions/3.13.*)
BIN := $(VENV)/bin
PIP := $(BIN)/python -m pip install -q --disable-pip-version-check

# A small policy gets better, from expert trajectories to DMPO; docs/training.md says more.
LEARN_FAMILIES ?= replay-audit,signed-release

.PHONY: demo learn test test-harbor test-train test-pythons check format bench sync specs check-generator clean

demo: $(VENV)/.runtime
	@$(BIN)/terminal-gym doctor
	@$(BIN)/terminal-gym validate --backend $(BACKEND)

test: $(VENV)/.dev
	@$(BIN)/python scripts/run_tests.py $(PYTEST)

# PyTorch is large, so what trains has a step of its own.
test-train: $(VENV)/.train
	@$(BIN)/python scripts/run_tests.py $(PYTEST) tests/trainers

# Harbor's own models, linter and runner on our bundles and on converted ones; the package is
# installed once, into an environment of its own in the cache folder.
test-harbor: $(VENV)/.dev
	TERMINAL_GYM_REQUIRE=harbor $(BIN)/python -m pytest $(PYTEST) tests/under_harbor \
	  tests/importers/test_under_harbor.py tests/episodes/test_harbor_models.py

learn: $(VENV)/.train
	$(BIN)/python scripts/learn_bundles.py runs/learn/bundles --families $(LEARN_FAMILIES) \
	  --train 24 --held-out 20
	$(BIN)/python -m terminal_gym_trainers.learn --bundles runs/learn/bundles --out runs/learn \
	  --backend namespace

# The unit tests under the oldest and the newest Python, where they are at hand.
test-pythons:
	@for home in $(PYENV_VERSIONS); do \
	  $(MAKE) --no-print-directory test PYTHON=$$home/bin/python VENV=.venv/pythons/$$(basename $$home) \
	    PYTEST="-q tests/bundle tests/terminal tests/episodes tests/agents tests/cli" || exit 1; \
	done

check: $(VENV)/.dev
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy

format: $(VENV)/.dev
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

bench: $(VENV)/.runtime
	$(BIN)/python -m benchmarks

# Copies what bundles share into each of them.
sync:
	$(PYTHON) scripts/sync_checks.py

# Makes the generated bundles of env_specs/ again, after a change of families.
specs: $(VENV)/.dev
	$(BIN)/python scripts/generated_specs.py

# All 602, twice, held to what the generator promises; about an hour on two cores.
check-generator: $(VENV)/.dev
	rm -rf runs/602
	$(BIN)/terminal-gym generate --count 602 --seed 0 --out runs/602/one
	$(BIN)/terminal-gym generate --count 602 --seed 0 --out runs/602/two
	$(BIN)/python scripts/check_generated.py runs/602/one runs/602/two

clean:
	rm -rf $(VENV) build dist

$(BIN)/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 10))' || \
	  { echo "Python 3.10 or newer is needed; name one: make PYTHON=/path/to/python3.x"; exit 1; }
	@$(PYTHON) -c 'import ensurepip, venv' 2>/dev/null || \
	  { echo "Python's venv module is missing; on Debian and Ubuntu: apt-get install python3-venv"; exit 1; }
	$(PYTHON) -m venv $(VENV)

$(VENV)/.runtime: pyproject.toml | $(BIN)/python
	$(PIP) -e .
	@touch $@

$(VENV)/.dev: pyproject.toml | $(BIN)/python
	$(PIP) -e '.[dev,agents,generate,export]'
	@touch $@ $(VENV)/.runtime

$(VENV)/.train: pyproject.toml | $(VENV)/.dev
	$(PIP) -e '.[train]'
	@touch $@
