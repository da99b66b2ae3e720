FITS := import sys; sys.exit(sys.version_info[:2] not in ((3, 11), (3, 12)))
PYTHON ?= $(shell for one in python3.11 python3.12 python3; do $$one -c '$(FITS)' 2> /dev/null && echo $$one && break; done)
VENV := .venv
BIN := $(VENV)/bin
READY := $(VENV)/ready
READY_DEV := $(VENV)/ready-dev
INSTALL := $(BIN)/python -m pip install --quiet --disable-pip-version-check
LOCKED := --require-hashes --no-deps
# requirements-torch.txt says what this is for.
TORCH_PIP_ARGS ?=
LOCK := $(BIN)/uv pip compile --quiet --universal --python $(BIN)/python --python-version 3.11 \
        --generate-hashes --custom-compile-command "make lock" $(LOCK_ARGS)
PYTEST := $(BIN)/python -m pytest -n 2 --dist loadgroup
EVAL_DATA ?= data/xquad

.DEFAULT_GOAL := help
.PHONY: help run demo test unit stories coverage chaos chaos-quick check format bench eval \
        lock migration drawing pictures clean

help: ## This list
	@grep -E '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 13

$(READY): requirements.txt
	@test -n "$(PYTHON)" && $(PYTHON) -c '$(FITS)' \
	  || { echo "Socrate needs Python 3.11 or 3.12 (make PYTHON=/path/to/python3.12 ...)." >&2; exit 1; }
	@$(BIN)/python -m pip --version > /dev/null 2>&1 || $(PYTHON) -m venv --clear $(VENV)
	$(INSTALL) $(LOCKED) -r requirements.txt
	@touch $@

# Torch comes last: requirements-torch.txt has no hashes, and most of what it needs is in requirements-dev.txt. memvid is
# installed without some of what it asks for; requirements-without.txt says why.
$(READY_DEV): $(READY) requirements-dev.txt requirements-torch.txt
	$(INSTALL) $(LOCKED) -r requirements-dev.txt
	$(INSTALL) $(TORCH_PIP_ARGS) -r requirements-torch.txt
	! $(BIN)/python -m pip check | grep -v -e '^memvid ' -e '^No broken requirements'
	@touch $@

run: $(READY) ## Start Socrate: with TELEGRAM_BOT_TOKEN in Telegram, without in the sandbox
	$(BIN)/python main.py --sandbox-without-token --worker

demo: $(READY) ## A scripted chat in the terminal
	$(BIN)/python -m scripts.demo

test: $(READY_DEV) ## All tests
	$(PYTEST)

unit: $(READY_DEV) ## The unit tests alone, in under a minute
	$(PYTEST) -q tests/unit

stories: $(READY_DEV) ## The stories alone: a person and the running product, from end to end
	$(PYTEST) tests/e2e

coverage: $(READY_DEV) ## All tests with branches counted; writes the figure into README.md, fails below the minimum
	$(PYTEST) --cov --cov-report= --cov-fail-under=0
	$(BIN)/python -m scripts.coverage_figure

DOCUMENTS ?= benchmarks/results/documents
XQUAD ?=
bench: $(READY_DEV) ## Figures beside stock memvid (DOCUMENTS=folder with the manuals, XQUAD=an English XQuAD file)
	$(BIN)/python -m benchmarks.archive --documents $(DOCUMENTS) $(if $(XQUAD),--xquad $(XQUAD))

chaos: $(READY_DEV) ## Break things on purpose, in full counts: takes two to three hours
	$(BIN)/python -m tests.chaos

chaos-quick: $(READY_DEV) ## The same with few of each
	$(BIN)/python -m tests.chaos --quick

check: $(READY_DEV) ## Lint, types, dependencies, dead code, house rules, side by side
	$(BIN)/python -m scripts.check

eval: $(READY_DEV) ## Retrieval and refusals measured on XQuAD-format files (EVAL_DATA=folder, LLM=questions to the model)
	$(BIN)/python -m tests.eval $(if $(LLM),--llm $(LLM)) $(EVAL_DATA)

format: $(READY_DEV) ## Put the code in its form
	$(BIN)/python -m ruff check --fix .
	$(BIN)/python -m ruff format .

lock: $(READY_DEV) ## Resolve requirements*.in into requirements*.txt with hashes (LOCK_ARGS=--upgrade for newer versions)
	$(LOCK) --overrides requirements-without.txt requirements.in --output-file requirements.txt
	$(LOCK) --no-emit-package torch --constraints requirements.txt \
	  requirements-models.in requirements-torch.txt --output-file requirements-models.txt
	$(LOCK) --no-emit-package torch --constraints requirements.txt --constraints requirements-models.txt \
	  requirements-dev.in requirements-torch.txt --output-file requirements-dev.txt

migration: $(READY_DEV) ## Write the next migration from the models (name="what it does")
	@test -n "$(name)" || { echo 'Say what the migration does: make migration name="add a language to documents"' >&2; exit 1; }
	$(BIN)/python -m scripts.make_migration "$(name)"

drawing: $(READY_DEV) ## Draw the rooms and their imports into docs/architecture.md
	$(BIN)/python -m scripts.draw_house

pictures: $(READY_DEV) ## Take the pictures of docs/pictures anew (needs chromium and a font with emoji)
	$(BIN)/python -m scripts.make_pictures

clean: ## Remove the virtual environment and caches (not your data)
	rm -rf $(VENV) .mypy_cache .ruff_cache .pytest_cache .coverage .coverage.*
