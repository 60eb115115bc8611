# Every target does its own set-up on a Debian or Ubuntu that has Python 3.11+ and make, and nothing else.
#   make PYTHON=python3.12 ...   chooses the interpreter that .venv is built with
#   make demo PORT=9000          chooses the page's port
#   make test TESTS=tests/unit   runs a part of the tests

PYTHON ?=
PORT ?= 8080
TESTS ?=
WORKERS ?= auto

BIN := .venv/bin
CODE := backend bot setup tests
GROUND := pyproject.toml setup/environment.py setup/python.sh
# Without this machine's extra places: only what everybody can fetch may be locked.
COMPILE = env -u PIP_EXTRA_INDEX_URL -u PIP_FIND_LINKS PIP_CONFIG_FILE=/dev/null \
	CUSTOM_COMPILE_COMMAND="make lock" .venv-lock/bin/pip-compile --quiet --no-config --generate-hashes \
	--no-emit-index-url --no-emit-find-links --no-emit-trusted-host --no-emit-options \
	--strip-extras --allow-unsafe --all-build-deps

.DEFAULT_GOAL := help
.PHONY: help install demo test check audit format bench lock clean

help: ## say what can be made
	@sed -n 's/^\([a-z]*\):.*## /make \1 | /p' Makefile | while IFS='|' read -r name text; do printf '%-12s%s\n' "$$name" "$$text"; done

install: .venv/.run ## make .venv with the hotline command in it, for running it for real

demo: .venv/.run ## serve the whole hotline on one page, without accounts or network
	@$(BIN)/hotline demo --port $(PORT)

test: .venv/.dev .venv/.chromium .venv/.node ## run every test, on SQLite and PostgreSQL, in a real browser, against a real Synapse
	@$(BIN)/python -m pytest --numprocesses $(WORKERS) --maxprocesses 8 --dist loadfile $(TESTS)

check: .venv/.dev ## run the gates: lint, format, types, import contracts
	@$(BIN)/ruff check
	@$(BIN)/ruff format --check
	@$(BIN)/mypy $(CODE)
	@$(BIN)/lint-imports

audit: .venv/.dev ## ask for known vulnerabilities of what is locked; fails on any (STRICT=1: also where nobody can be asked)
	@$(BIN)/python -m setup.audit $(if $(STRICT),--strict)

format: .venv/.dev ## rewrite the code as the gates want it
	@$(BIN)/ruff check --fix-only
	@$(BIN)/ruff format

bench: .venv/.dev ## print the benchmarks, as ratios from interleaved runs
	@$(BIN)/python -m tests.bench

lock: .venv-lock/bin/pip-compile ## choose the newest versions that pyproject.toml allows, and write down their hashes
	@$(COMPILE) --upgrade --output-file requirements.lock pyproject.toml
	@$(COMPILE) --upgrade --extra test --extra gates --constraint requirements.lock --output-file requirements-dev.lock pyproject.toml

clean: ## remove what the other targets made
	rm -rf .venv .venv.lock .venv-lock .pytest_cache .mypy_cache .ruff_cache .import_linter_cache .hypothesis .coverage* htmlcov dist tests/matrix/client/node_modules
	find $(CODE) -name __pycache__ -type d -prune -exec rm -rf {} +

.venv/.run: requirements.lock $(GROUND)
	@python=$$(sh setup/python.sh $(PYTHON)) && "$$python" setup/environment.py run

.venv/.dev: requirements-dev.lock requirements.lock $(GROUND)
	@python=$$(sh setup/python.sh $(PYTHON)) && "$$python" setup/environment.py dev

.venv/.chromium: .venv/.dev setup/chromium.py
	@$(BIN)/python -m setup.chromium && touch $@

.venv/.node: .venv/.dev setup/node.py tests/matrix/client/package.json tests/matrix/client/package-lock.json
	@$(BIN)/python -m setup.node && touch $@

# Locked with the oldest Python that the project serves, whose backports the newer ones can carry but not the reverse.
.venv-lock/bin/pip-compile:
	@python3.11 -m venv .venv-lock && .venv-lock/bin/python -m pip --disable-pip-version-check install --quiet 'pip-tools==7.6.2'
