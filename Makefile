# run   everything, with the demo world      lint  every check of the code
# test  every test                           lock  pin the dependencies anew
#
# The rest of this file prepares these four on a machine that has only Python and make.
PYTHON ?= python3
BIN := .venv/bin
# Extras stay in the lock: older pips take a newer release of a name asked for with an extra
# (coverage[toml]) than the pinned one, and then miss its hash.
PIN := uv pip compile -q --universal -p 3.11 --only-binary :all: --generate-hashes \
	--no-header --no-strip-extras
# Its rules S104, S108 and S308 are the same and take their exceptions line by line.
JUDGED_BY_RUFF := B104,B108,B308,B703

.DELETE_ON_ERROR:
.PHONY: run test lint lock runtime development chromium

run: runtime
	@exec $(BIN)/python manage.py up --demo

test: development chromium
	$(BIN)/python -m pytest -n auto --dist worksteal

lint: development
	$(BIN)/ruff check
	$(BIN)/ruff format --check
	$(BIN)/mypy
	$(BIN)/lint-imports
	find templates -name '*.html' -exec $(BIN)/djade --target-version 5.2 --check {} +
	$(BIN)/bandit -q -ll -s $(JUDGED_BY_RUFF) -r triage knowledgebase deliveries
	$(BIN)/python -W ignore::RuntimeWarning manage.py makemigrations --check --dry-run
	$(BIN)/python manage.py messages --check

lock:
	@command -v uv >/dev/null || { echo "make lock needs uv. Install it: pipx install uv"; exit 1; }
	$(PIN) --extra local pyproject.toml -o requirements.txt
	$(PIN) --extra local --extra dev -c requirements.txt pyproject.toml -o requirements-dev.txt

# The development lock contains the runtime lock: who has installed it needs no other.
runtime: $(BIN)/python
	@cmp -s requirements-dev.txt .venv/requirements-dev.txt || $(call install,requirements.txt)

development: $(BIN)/python
	@$(call install,requirements-dev.txt)

# A copy of the lock in .venv says what is installed there; it is made last.
define install
cmp -s $(1) .venv/$(1) || { \
	echo "Installing $(1), which takes a minute the first time"; \
	rm -f .venv/requirements*.txt; \
	if command -v uv >/dev/null; then \
		uv pip install -q --python $(BIN)/python --require-hashes --only-binary :all: \
			--compile-bytecode -r $(1); \
	else \
		$(BIN)/python -m pip install -q --disable-pip-version-check --require-hashes \
			--only-binary :all: -r $(1); \
	fi && cp $(1) .venv/$(1); }
endef

$(BIN)/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
		{ echo "Python 3.11 or newer is needed. Name it: make PYTHON=python3.12"; exit 1; }
	@if command -v uv >/dev/null; then uv venv -q --python $(PYTHON) .venv; \
	elif $(PYTHON) -c 'import ensurepip' 2>/dev/null; then $(PYTHON) -m venv .venv; \
	else echo "$(PYTHON) lacks venv. On Debian or Ubuntu: apt-get install python3-venv"; exit 1; \
	fi

# Without a browser the browser tests fail, and name the command that cures it.
chromium:
	@for name in chromium chromium-browser google-chrome; do \
		if command -v $$name >/dev/null; then exit 0; fi; \
	done; \
	if [ "$$(id -u)" = 0 ] && command -v apt-get >/dev/null; then \
		apt-get update -q && \
		apt-get install -qy --no-install-recommends chromium fonts-noto-cjk; \
	else \
		$(BIN)/playwright install chromium; \
	fi || echo "Chromium could not be installed: the browser tests will fail."
