FITS := import sys; sys.exit(sys.version_info[:2] not in ((3, 11), (3, 12)))
PYTHON ?= $(shell for one in python3.11 python3.12 python3; do $$one -c '$(FITS)' 2> /dev/null && echo $$one && break; done)
VENV := .venv
BIN := $(VENV)/bin
READY := $(VENV)/ready
READY_DEV := $(VENV)/ready-dev
EVAL_DATA ?= data/xquad

.DEFAULT_GOAL := help
.PHONY: help run demo test chaos chaos-quick check format pictures bench eval clean

help: ## This list
	@grep -E '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 12

$(READY): requirements.txt
	@test -n "$(PYTHON)" && $(PYTHON) -c '$(FITS)' \
	  || { echo "Socrate needs Python 3.11 or 3.12 (make PYTHON=/path/to/python3.12 ...)." >&2; exit 1; }
	@$(BIN)/python -m pip --version > /dev/null 2>&1 || $(PYTHON) -m venv --clear $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -r requirements.txt
	@touch $@

$(READY_DEV): $(READY) requirements-dev.txt
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -r requirements-dev.txt
	@touch $@

run: $(READY) ## Start Socrate: with TELEGRAM_BOT_TOKEN in Telegram, without in the sandbox
	$(BIN)/python main.py --sandbox-without-token --worker

demo: $(READY) ## A scripted chat in the terminal
	$(BIN)/python -m scripts.demo

test: $(READY_DEV) ## All tests
	$(BIN)/python -m pytest -n 2 --dist loadgroup

DOCUMENTS ?= benchmarks/results/documents
XQUAD ?=
bench: $(READY_DEV) ## Figures beside stock memvid (DOCUMENTS=folder with the manuals, XQUAD=an English XQuAD file)
	$(BIN)/python -m benchmarks.archive --documents $(DOCUMENTS) $(if $(XQUAD),--xquad $(XQUAD))

chaos: $(READY_DEV) ## Break things on purpose, in full counts: takes two to three hours
	$(BIN)/python -m tests.chaos

chaos-quick: $(READY_DEV) ## The same with few of each
	$(BIN)/python -m tests.chaos --quick

check: $(READY_DEV) ## Lint, types, house rules
	$(BIN)/python -m ruff check .
	$(BIN)/python -m ruff format --check .
	$(BIN)/python -m mypy
	$(BIN)/python -m pytest -q tests/unit/test_house_rules.py tests/unit/test_settings.py

eval: $(READY_DEV) ## Retrieval and refusals measured on XQuAD-format files (EVAL_DATA=folder, LLM=questions to the model)
	$(BIN)/python -m tests.eval $(if $(LLM),--llm $(LLM)) $(EVAL_DATA)

format: $(READY_DEV) ## Put the code in its form
	$(BIN)/python -m ruff check --fix .
	$(BIN)/python -m ruff format .

pictures: $(READY_DEV) ## Take the pictures of docs/pictures anew (needs chromium and a font with emoji)
	$(BIN)/python -m scripts.make_pictures

clean: ## Remove the virtual environment and caches (not your data)
	rm -rf $(VENV) .mypy_cache .ruff_cache .pytest_cache
