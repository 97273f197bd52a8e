# The two commands a newcomer needs: "make demo" and "make test". PYTHON= chooses the Python (3.11 to 3.13),
# ARGS= is handed on: make demo ARGS=--once, make test ARGS="-k calendar".

SUITABLE := import sys; sys.exit(not (3, 11) <= sys.version_info[:2] <= (3, 13))
ifndef PYTHON
PYTHON := $(shell for python in python3 python3.13 python3.12 python3.11; do \
	$$python -c '$(SUITABLE)' 2>/dev/null && echo $$python && break; done)
endif
VERSION := $(shell $(PYTHON) -c 'import platform; print(platform.python_version())' 2>/dev/null)

VENV := .venv
BIN := $(VENV)/bin
# The stamps carry the version, so another PYTHON makes the environment anew; other requirements change it in place.
RUNTIME := $(VENV)/.runtime-$(VERSION)
DEVELOPMENT := $(VENV)/.development-$(VERSION)
INSTALL := $(BIN)/python -m pip install --disable-pip-version-check --no-deps --require-hashes

# The words in other languages: their sources are kept, what Django reads is made from them.
CATALOGUES := $(patsubst %.po,%.mo,$(wildcard locale/*/LC_MESSAGES/*.po */locale/*/LC_MESSAGES/*.po))
.PHONY: demo test test-long fuzz check catalogues screenshots calibration lock models clean venv backup restore forget-replaced

demo: $(RUNTIME) $(CATALOGUES)
	@$(BIN)/python -m demo $(ARGS)

# Two tests at a time, then those of the whole product alone, for they watch its clock. The whole run is measured; a
# part of it, chosen by ARGS, can't reach the threshold and isn't.
test: $(DEVELOPMENT) $(CATALOGUES)
ifeq ($(ARGS),)
	@$(BIN)/python -m pytest --numprocesses 2 --dist worksteal --ignore tests/stack --cov --cov-report= --cov-fail-under 0
	@$(BIN)/python -m pytest tests/stack --cov --cov-append --cov-report term
else
	@$(BIN)/python -m pytest $(ARGS)
endif

# Everything that may happen to a family, at random, 20,000 times; HISTORIES= says how often.
HISTORIES ?= 20000
test-long: $(DEVELOPMENT) $(CATALOGUES)
	@HISTORIES=$(HISTORIES) $(BIN)/python -m pytest --numprocesses 2 tests/enrollment/test_histories.py

# Damages real photographs at random and reads them, 20,000 times; FUZZ= says how often, FUZZ_SEED= repeats a run.
FUZZ ?= 20000
fuzz: $(DEVELOPMENT) $(CATALOGUES)
	@FUZZ=$(FUZZ) $(BIN)/python -m pytest tests/enrollment/faces/test_fuzz.py

check: $(DEVELOPMENT) $(CATALOGUES)
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	DEBUG=1 $(BIN)/mypy .
	$(BIN)/lint-imports
	DEBUG=1 $(BIN)/python manage.py makemigrations --check --dry-run
	@test ! -f .coverage || $(BIN)/python -m coverage report --format=total

$(CATALOGUES): %.mo: %.po | $(RUNTIME)
	@$(BIN)/python -m campus.catalogues

# After a string was added or changed: puts it into every catalogue, there to be translated.
catalogues: $(DEVELOPMENT)
	DEBUG=1 $(BIN)/python manage.py update_catalogues

# Every page in every width and theme, to be looked at in var/screenshots/index.html; VIEWS="front register" takes some.
screenshots: $(DEVELOPMENT) $(CATALOGUES)
	@REQUIRE_BROWSER=1 $(BIN)/python -m pytest tests/browser/screenshots.py

# Measures the thresholds of both engine sets anew, some minutes for a thousand photographs: after a change of weights,
# detector, landmarks or alignment. DATASETS="folder folder": each a group of people, as person/photo.
calibration: $(RUNTIME)
	DEBUG=1 $(BIN)/python manage.py calibrate --engines dlib --engines dlib,mobilefacenet $(DATASETS)

venv: $(DEVELOPMENT)

$(RUNTIME): requirements.txt
	@test -n "$(PYTHON)" && $(PYTHON) -c '$(SUITABLE)' || \
		{ echo "Python 3.11, 3.12 or 3.13 is needed: say which with PYTHON=/path/to/python3" >&2; exit 1; }
	@test -e $@ || { rm -rf $(VENV) && echo "making $(VENV) with Python $(VERSION)" && $(PYTHON) -m venv $(VENV); }
	$(INSTALL) -r requirements.txt
	@touch $@

$(DEVELOPMENT): $(RUNTIME) requirements-dev.txt
	$(INSTALL) -r requirements-dev.txt
	@touch $@

# Resolves the requirements anew for every platform and Python at once; uv is needed for nothing else.
COMPILE = var/lock/bin/uv pip compile --quiet --universal --generate-hashes --python-version 3.11 \
	--no-emit-index-url --no-emit-find-links --custom-compile-command "make lock"

lock:
	$(PYTHON) -m venv var/lock
	var/lock/bin/python -m pip install --quiet --disable-pip-version-check uv
	$(COMPILE) --override overrides.txt requirements.in -o requirements.txt
	$(COMPILE) requirements-dev.in -o requirements-dev.txt

# Optional: the second face network, the faster detector, the check against photographs held up, and a decoder of
# square codes for screens without their own. docs/models.md says what they are. Needs npm; writes the choice into .env.
models: $(RUNTIME)
	@$(BIN)/python -m running.models

# Both databases into one folder under var/backups, or under BACKUP_DIR. docs/operations.md says what is not in it.
backup: $(RUNTIME)
	@$(BIN)/python -m running.backup

# FROM= names such a folder, ONLY=main leaves the keys as they are. The processes must be stopped.
restore: $(RUNTIME)
	@$(BIN)/python -m running.restore $(if $(ONLY),--only $(ONLY)) "$(FROM)"

# Drops the databases that restores have replaced.
forget-replaced: $(RUNTIME)
	@$(BIN)/python -m running.restore --forget

clean:
	rm -rf $(VENV) var static/kiosk/vendor .coverage htmlcov .mypy_cache .pytest_cache .ruff_cache .hypothesis .import_linter_cache
	rm -f $(CATALOGUES)
	find . -name __pycache__ -type d -prune -exec rm -rf {} +
