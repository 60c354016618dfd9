# The doors of the project. `make run` and `make test` set up what is missing by themselves.

PORT ?= 8080
# Data sets for the tests that need them and for `make evaluate`.
DATA ?= $(wildcard ../shared/data)
LANTERN_TOOLS ?= $(or $(XDG_CACHE_HOME),$(HOME)/.cache)/lantern/tools
CARGO_TARGET_DIR ?= $(CURDIR)/target
LANTERN := $(CARGO_TARGET_DIR)/release/lantern
WEB := --profile web --target wasm32-unknown-unknown
CHOICE := $(CARGO_TARGET_DIR)/toolchain.mk
BENCH := $(CARGO_TARGET_DIR)/bench
BENCH_PORT ?= 8097

export CARGO_TARGET_DIR LANTERN_TOOLS
export PATH := $(LANTERN_TOOLS)/bin:$(PATH)
# Trunk takes any value but true and false for an error.
unexport NO_COLOR

-include $(CHOICE)

.PHONY: run test check bench bench-gpu test-gpu evaluate setup setup-browser page companion cuda clean
.DEFAULT_GOAL := run

run: page companion
	@echo "Opening Lantern at http://127.0.0.1:$(PORT) (Ctrl+C ends it)"
	@$(LANTERN) serve --port $(PORT)

setup:
	@sh scripts/setup.sh $(CHOICE)

setup-browser:
	@sh scripts/setup.sh $(CHOICE) browser

# A second make, because the set-up may have chosen another toolchain.
page: setup
	@$(MAKE) --no-print-directory dist/sw.js

PAGE_SOURCES := index.html Trunk.toml Cargo.toml Cargo.lock .cargo/config.toml scripts/finish-page.sh scripts/workers.sh scripts/reader.sh \
	$(shell find src style public models -type f)
dist/sw.js: $(PAGE_SOURCES)
	trunk build
	@touch $@

companion: setup
	@$(MAKE) --no-print-directory build-companion
.PHONY: build-companion
build-companion:
	cargo build --release --bin lantern

# The companion for NVIDIA GPUs. Building needs none, and nothing of CUDA; its libraries are fetched for the day it runs on one.
cuda:
	@sh scripts/setup.sh $(CHOICE) native
	cargo build --release --features cuda --bin lantern
	@sh scripts/cuda.sh $(CARGO_TARGET_DIR)/release/cuda
	@$(LANTERN) --version

test: setup-browser page
	@$(MAKE) --no-print-directory all-tests
.PHONY: all-tests
all-tests: export LANTERN_DATA ?= $(abspath $(DATA))
all-tests: export CHROMEDRIVER ?= $(shell command -v chromedriver)
all-tests: export LANTERN_SKIPPED := $(CARGO_TARGET_DIR)/skipped.txt
all-tests:
	@rm -f $(LANTERN_SKIPPED)
	cargo test --release
	cargo test --release --features cuda --test cuda
	cargo test $(WEB) --test parity --test kernels
	@test ! -e $(LANTERN_SKIPPED) || { echo "Skipped, because this machine lacks something:"; sort -u $(LANTERN_SKIPPED); }

check: setup
	@$(MAKE) --no-print-directory all-checks
.PHONY: all-checks
all-checks:
	cargo fmt --check
	cargo clippy --release --all-targets -- -D warnings
	cargo clippy --release --features cuda --lib --bins --test cuda --example gpu_step -- -D warnings
	cargo clippy $(WEB) --lib --bins --test parity --test kernels -- -D warnings
	RUSTDOCFLAGS="-D warnings" cargo doc --release --no-deps --lib --features cuda
	for script in scripts/*.sh bench/*.sh bench/*/*.sh tests/cuda/emulator/*.sh .ci/run; do sh -n $$script || exit 1; done
	@if command -v cargo-deny >/dev/null; then cargo deny check; else echo "cargo-deny is not installed: licences were not checked"; fi

evaluate: companion
	@test -n "$(DATA)" || { echo "say where the data sets are: make evaluate DATA=FOLDER"; exit 2; }
	@mkdir -p $(CARGO_TARGET_DIR)/evaluate
	$(LANTERN) evaluate --data $(DATA) --out $(CARGO_TARGET_DIR)/evaluate/results.json
	$(LANTERN) evaluate --models comparisons --data $(DATA) --out $(CARGO_TARGET_DIR)/evaluate/comparisons.json

bench: setup-browser page companion
	@$(MAKE) --no-print-directory measure
.PHONY: measure
measure: export NETWORKS = $(BENCH)/networks
measure: export OURS = $(BENCH)/ours
measure: export OUT = $(BENCH)
measure: export STEP = $(CARGO_TARGET_DIR)/release/examples/step
measure:
	cargo build --release --example networks --example step
	$(CARGO_TARGET_DIR)/release/examples/networks $(NETWORKS) $(DATA)
	mkdir -p $(OURS) && cp bench/browser/ours.mjs public/thread.js $(OURS)/
	sh scripts/workers.sh $(OURS) --example ours
	$(LANTERN) serve --port $(BENCH_PORT) >/dev/null 2>&1 & companion=$$!; \
	  COMPANION=http://127.0.0.1:$(BENCH_PORT) sh bench/run.sh; status=$$?; kill $$companion; exit $$status

# On a machine with an NVIDIA GPU: the tests that otherwise run on an emulated one.
test-gpu: cuda
	LANTERN_GPU=1 LD_LIBRARY_PATH=$(CARGO_TARGET_DIR)/release/cuda$${LD_LIBRARY_PATH:+:$$LD_LIBRARY_PATH} \
	  cargo test --release --features cuda --test cuda -- --test-threads=1 --nocapture

# On a machine with an NVIDIA GPU and PyTorch: `make bench-gpu`, or with PYTHON= another interpreter.
PYTHON ?= python3
bench-gpu: cuda
	cargo build --release --features cuda --example networks --example gpu_step
	$(CARGO_TARGET_DIR)/release/examples/networks $(BENCH)/networks $(DATA)
	NETWORKS=$(BENCH)/networks OUT=$(BENCH) STEP=$(CARGO_TARGET_DIR)/release/examples/gpu_step PYTHON=$(PYTHON) sh bench/training/gpu.sh

clean:
	rm -rf dist $(CARGO_TARGET_DIR)
