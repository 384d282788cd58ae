# Everything a newcomer or CI runs. Each target prepares what it needs; a second run finds it ready.
# Needs: make, bash, Python 3.11 or 3.12 with venv, and the package registries (once).

SHELL := bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help

BIN := .venv/bin
MODELS := $(or $(VOICEBOT_MODELS_DIR),models)
READY := .venv/.ready
PORT ?= 8080

.PHONY: help setup weights test-weights classifier demo run test lint bench soak lock clean

help: ## say what can be made
	@awk -F ':.*## ' '/^[a-z-]+:.*## /{printf "  make %-8s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

setup: $(READY) weights classifier ## create .venv, fetch model weights, train the classifier

$(READY): requirements/dev.txt requirements/install pyproject.toml
	@requirements/install

# Stamps: fetched once for a manifest; files that are missing later are named by the program with the remedy.
$(MODELS)/.fetched: models/manifest.yaml | $(READY)
	@echo "==> Fetching model weights (about 250 MB, once)"
	@$(BIN)/voicebot models fetch
	@touch $@

$(MODELS)/.fetched-test: models/manifest.yaml | $(READY) $(MODELS)/.fetched
	@echo "==> Fetching the model that only tests use (87 MB, once)"
	@$(BIN)/voicebot models fetch --group test
	@touch $@

weights: $(MODELS)/.fetched

test-weights: $(MODELS)/.fetched-test

classifier: $(READY)
	@$(BIN)/voicebot train --if-needed

demo: setup ## a simulated caller phones the real server; the conversation is printed
	@$(BIN)/voicebot demo

run: setup ## serve on 127.0.0.1:8080 with /softphone, for trying by hand
	@$(BIN)/voicebot db upgrade
	@$(BIN)/voicebot db seed --if-empty
	@VOICEBOT_ALLOW_UNSIGNED=$${VOICEBOT_ALLOW_UNSIGNED:-1} VOICEBOT_SOFTPHONE=$${VOICEBOT_SOFTPHONE:-1} \
	  $(BIN)/voicebot serve --host 127.0.0.1 --port $(PORT)

test: setup test-weights ## run the tests, less the long ones (make soak)
	@$(BIN)/pytest -m "not soak" $(ARGS)

lint: $(READY) ## ruff, mypy, import contracts
	@$(BIN)/ruff check
	@$(BIN)/ruff format --check
	@$(BIN)/mypy
	@$(BIN)/lint-imports

bench: setup ## measure how long answers take
	@$(BIN)/voicebot bench latency $(ARGS)

soak: setup test-weights ## the long tests
	@$(BIN)/pytest -m soak --timeout 3600 $(ARGS)

lock: ## pin requirements/*.in anew, with hashes (uv, in a throw-away environment)
	@requirements/lock

clean: ## remove .venv, caches and what running wrote; the weights stay
	rm -rf .venv var build *.egg-info .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache
