# Two commands matter: `make demo` and `make test`. Everything is installed into .venv by itself.
PYTHON ?= python3
BIN := .venv/bin
CORES ?= $(shell $(PYTHON) -c 'import os; print(os.cpu_count() or 1)')
# Most tests wait for processes of theirs more than they work: three for each core, each of which takes half a gigabyte.
WORKERS ?= $(shell $(PYTHON) -c 'import os; print(min(8, 3 * (os.cpu_count() or 1)))')

# Hundreds of tests start the bot, and every worker reads all tests: Python keeps what it has compiled, whatever is usual here.
unexport PYTHONDONTWRITEBYTECODE
CODE := bot cogs recogniser sandbox

.PHONY: demo test check mutants format messages settings screenshots lock licences clean

demo: .venv/.local
	$(BIN)/python -m sandbox demo $(ARGS)

test: .venv/.dev
	$(BIN)/python -m compileall -q $(CODE)
	$(BIN)/python -m pytest -n $(WORKERS) --dist worksteal $(ARGS)

# Format, lint, types, import rules, dependencies, the image, the workflow, then the tests.
check: .venv/.dev
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/basedpyright
	$(BIN)/lint-imports
	$(BIN)/deptry .
	$(BIN)/hadolint Dockerfile
	$(BIN)/zizmor --offline --quiet .github
	$(BIN)/python -m compileall -q $(CODE)
	$(BIN)/python -m pytest -n $(WORKERS) --dist worksteal $(ARGS)

# Breaks the pure modules in hundreds of small ways, and tells which of them no test noticed. Takes some minutes; what is
# known of unchanged functions is kept in mutants/.
mutants: .venv/.dev
	$(BIN)/python -m mutmut run --max-children $(CORES) $(ARGS)
	$(BIN)/python -m mutmut results

format: .venv/.dev
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

# After a change of what the bot says: collect its sentences for the translators. How is in pyproject.toml.
# Babel warns of languages that have one form for all numbers; that does no harm.
messages: .venv/.dev
	$(BIN)/python -m babel.messages.frontend --quiet extract
	$(BIN)/python -m babel.messages.frontend --quiet update

# After a change of what servers can decide (bot/rules/declared.py).
settings: .venv/bin/python
	$(BIN)/python -m bot.rules.page > docs/settings.md

# After a change of what answers or the page look like: the pictures in docs/, with Chromium.
screenshots: .venv/.dev
	$(BIN)/python -m sandbox.pictures $(ARGS)

# After a change of the dependencies in pyproject.toml.
lock: .venv/.dev
	for set in "requirements" "requirements-local --extra local" "requirements-dev --extra local --extra dev"; do \
		set -- $$set; name=$$1; shift; \
		$(BIN)/uv pip compile pyproject.toml --universal --python-version 3.11 --generate-hashes --no-emit-index-url \
			--no-emit-find-links --no-header --no-annotate --upgrade --quiet "$$@" --output-file $$name.txt || exit 1; \
	done

# What comes with the bot, as it is installed here: name, version, licence. docs/deploy.md says what to heed.
licences: .venv/.dev
	@$(BIN)/pip-licenses --packages $$(sed -n 's/^\([A-Za-z0-9._-]*\)==.*/\1/p' requirements.txt)

.venv/bin/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' \
		|| { echo "Earshot needs Python 3.11 or newer; name one with: make PYTHON=python3.12 ..." >&2; exit 1; }
	$(PYTHON) -m venv .venv

.venv/.local: requirements-local.txt | .venv/bin/python
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements-local.txt
	touch $@

.venv/.dev: requirements-dev.txt | .venv/bin/python
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements-dev.txt
	touch $@ .venv/.local

clean:
	rm -rf .venv build dist mutants *.egg-info
