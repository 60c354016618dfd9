# The doors of the project. `make run` and `make test` set up what is missing by themselves.

PORT ?= 8080
# Data sets for the tests that need them and for `make evaluate`.
DATA ?= $(wildcard ../shared/data)
LANTERN_TOOLS ?= $(or $(XDG_CACHE_HOME),$(HOME)/.cache)/lantern/tools
CARGO_TARGET_DIR ?= $(CURDIR)/target
LANTERN := $(CARGO_TARGET_DIR)/release/lantern
WEB := --profile web --target wasm32-unknown-unknown
CHOICE := $(CARGO_TARGET_DIR)/toolchain.mk
# Where compiled modules lie: of the page, and of the worker with threads.
MODULES := $(CARGO_TARGET_DIR)/wasm32-unknown-unknown/web
THREADED := $(CARGO_TARGET_DIR)/threaded/wasm32-unknown-unknown/web
# Puts the page together.
PAGE := $(CARGO_TARGET_DIR)/tools/release/page
DRAFT := $(CARGO_TARGET_DIR)/draft
# Steps that do not wait for each other run side by side; together they start no more compilers than there are cores.
CORES := $(shell nproc 2>/dev/null || echo 2)
PARTS = $(MAKE) --no-print-directory -j$(CORES)
STEP = +@CARGO_TERM_PROGRESS_WHEN=never sh scripts/step.sh
BENCH := $(CARGO_TARGET_DIR)/bench
BENCH_PORT ?= 8097

export CARGO_TARGET_DIR LANTERN_TOOLS
export PATH := $(LANTERN_TOOLS)/bin:$(PATH)
-include $(CHOICE)

.PHONY: run dev dist test check fuzz conformance bench bench-gpu test-gpu evaluate setup setup-browser page companion cuda clean
.DEFAULT_GOAL := run

run: setup
	@test -e dist/sw.js || echo "The first build takes about a quarter of an hour on two cores; later ones take seconds where nothing changed."
	@$(PARTS) dist/sw.js build-companion
	@echo "Opening Lantern at http://127.0.0.1:$(PORT) (Ctrl+C ends it)"
	@$(LANTERN) serve --port $(PORT)

setup:
	@sh scripts/setup.sh $(CHOICE)

setup-browser:
	@sh scripts/setup.sh $(CHOICE) browser

# A second make, because the set-up may have chosen another toolchain.
page: setup
	@$(PARTS) dist/sw.js

CODE := Cargo.toml Cargo.lock .cargo/config.toml build.rs $(CHOICE) $(shell find src -type f)
TOOL_CODE := $(shell find tools/page -type f)
dist/sw.js: $(MODULES)/built $(THREADED)/built $(PAGE) index.html classroom.html $(shell find style public models -type f)
	$(STEP) "the page: names and compression" "half a minute" $(PAGE) build . $(MODULES) dist --threaded $(THREADED)
	@touch $@

$(MODULES)/built: $(CODE) scripts/fast.sh
	$(STEP) "the page itself" "3 minutes" cargo build $(WEB) --bin app
	$(STEP) "its workers" "2 minutes" sh scripts/fast.sh plain --bin worker --bin reader --bin classroom
	@touch $@

$(THREADED)/built: $(CODE) scripts/fast.sh
	$(STEP) "the worker with threads" "4 minutes" sh scripts/fast.sh threaded --bin worker
	@mkdir -p $(@D) && touch $@

$(PAGE): $(TOOL_CODE)
	$(STEP) "what puts the page together" "1 minute" env CARGO_TARGET_DIR=$(CARGO_TARGET_DIR)/tools \
	  cargo build --release --locked --manifest-path tools/page/Cargo.toml
	@touch $@

companion: setup
	@$(PARTS) build-companion
.PHONY: build-companion
build-companion:
	$(STEP) "the companion" "5 minutes" cargo build --release --bin lantern

# One archive that runs without a compiler.
dist: setup
	@$(PARTS) dist/sw.js build-companion
	@sh scripts/archive.sh $(LANTERN) dist $(CARGO_TARGET_DIR)/archive

# The page alone, compiled for a short wait: no threads, no optimisation across crates.
dev: setup
	@$(PARTS) $(PAGE)
	cargo build --profile draft --target wasm32-unknown-unknown --bin app --bin worker --bin reader --bin classroom
	@$(PAGE) build . $(CARGO_TARGET_DIR)/wasm32-unknown-unknown/draft $(DRAFT) --draft
	@test -x $(LANTERN) || $(PARTS) build-companion
	@$(LANTERN) serve --port $(PORT) --site $(DRAFT)

# The companion for NVIDIA GPUs. Building needs none, and nothing of CUDA; its libraries are fetched for the day it runs on one.
cuda:
	@sh scripts/setup.sh $(CHOICE) native
	cargo build --release --features cuda --bin lantern
	@sh scripts/cuda.sh $(CARGO_TARGET_DIR)/release/cuda
	@$(LANTERN) --version

test: setup-browser
	@$(PARTS) dist/sw.js
	@$(MAKE) --no-print-directory all-tests
.PHONY: all-tests
all-tests: export LANTERN_DATA ?= $(abspath $(DATA))
all-tests: export CHROMEDRIVER ?= $(shell command -v chromedriver)
all-tests: export LANTERN_SKIPPED := $(CARGO_TARGET_DIR)/skipped.txt
all-tests:
	@rm -f $(LANTERN_SKIPPED)
	CARGO_TARGET_DIR=$(CARGO_TARGET_DIR)/tools cargo test --release --locked --manifest-path tools/page/Cargo.toml
	cargo test --release
	LANTERN_BROWSER=firefox cargo test --release --test browser
	LANTERN_BROWSER=firefox-private cargo test --release --test browser
	cargo test --release --features cuda --test cuda
	cargo test $(WEB) --test parity --test kernels
	@test ! -e $(LANTERN_SKIPPED) || { echo "Skipped, because this machine lacks something:"; sort -u $(LANTERN_SKIPPED); }

check:
	@sh scripts/setup.sh $(CHOICE) check
	@$(MAKE) --no-print-directory all-checks
.PHONY: all-checks
all-checks:
	cargo fmt --check
	cargo clippy --release --all-targets -- -D warnings
	cargo clippy --release --features cuda --lib --bins --test cuda --example gpu_step -- -D warnings
	cargo clippy $(WEB) --lib --bins --test parity --test kernels -- -D warnings
	RUSTDOCFLAGS="-D warnings" cargo doc --release --no-deps --lib --features cuda
	for script in scripts/*.sh bench/*.sh bench/*/*.sh tests/cuda/emulator/*.sh .ci/run; do sh -n $$script || exit 1; done
	cargo fmt --check --manifest-path tools/page/Cargo.toml
	CARGO_TARGET_DIR=$(CARGO_TARGET_DIR)/tools cargo clippy --release --locked --manifest-path tools/page/Cargo.toml --all-targets -- -D warnings
	cargo deny check licenses bans sources
	cargo fmt --check --manifest-path fuzz/Cargo.toml
	cargo deny --manifest-path tools/page/Cargo.toml --config deny.toml check licenses bans sources
	@# The list of known faults is kept elsewhere and cannot be had on every machine.
	@if cargo deny fetch db >/dev/null 2>&1; then cargo deny check advisories; \
	  else echo "The list of known faults (advisories) could not be fetched: dependencies were NOT checked against it."; fi

# Looks for inputs that a parser cannot bear: `make fuzz SECONDS=600 TARGETS="dicom png"` (docs/fuzzing.md).
SECONDS ?= 60
fuzz:
	@sh scripts/setup.sh $(CHOICE) native
	@sh scripts/fuzz.sh $(SECONDS) $(TARGETS)

# Other people's suites, fetched once by hand (docs/dicom-conformance.md says which and from where).
CONFORMANCE ?= $(CURDIR)/conformance
conformance:
	@sh scripts/setup.sh $(CHOICE) native
	LANTERN_CONFORMANCE=$(CONFORMANCE) cargo test --release --test conformance -- --nocapture

evaluate: companion
	@test -n "$(DATA)" || { echo "say where the data sets are: make evaluate DATA=FOLDER"; exit 2; }
	@mkdir -p $(CARGO_TARGET_DIR)/evaluate
	$(LANTERN) evaluate --data $(DATA) --out $(CARGO_TARGET_DIR)/evaluate/results.json
	$(LANTERN) evaluate --models baselines --data $(DATA) --out $(CARGO_TARGET_DIR)/evaluate/baselines.json

bench: setup-browser
	@$(PARTS) dist/sw.js build-companion
	@$(MAKE) --no-print-directory measure
.PHONY: measure
measure: export NETWORKS = $(BENCH)/networks
measure: export OURS = $(BENCH)/ours
measure: export OUT = $(BENCH)
measure: export STEP = $(CARGO_TARGET_DIR)/release/examples/step
measure: export SITE = $(CURDIR)/dist
measure:
	cargo build --release --example networks --example step
	$(CARGO_TARGET_DIR)/release/examples/networks $(NETWORKS) $(DATA)
	mkdir -p $(OURS) && cp bench/browser/ours.mjs public/thread.js $(OURS)/
	sh scripts/fast.sh threaded --example ours
	$(PAGE) bind $(THREADED)/examples/ours.wasm $(OURS) threaded
	$(LANTERN) serve --port $(BENCH_PORT) >/dev/null 2>&1 & companion=$$!; \
	  COMPANION=http://127.0.0.1:$(BENCH_PORT) sh bench/run.sh; status=$$?; kill $$companion; exit $$status

# On a machine with an NVIDIA GPU: the tests that otherwise run on an emulated one.
test-gpu: cuda
	LANTERN_GPU=1 LD_LIBRARY_PATH=$(CARGO_TARGET_DIR)/release/cuda$${LD_LIBRARY_PATH:+:$$LD_LIBRARY_PATH} \
	  cargo test --release --features cuda --test cuda -- --test-threads=1 --nocapture

# On a machine with an NVIDIA GPU and PyTorch: `make bench-gpu DATA=FOLDER`, or with PYTHON= another interpreter.
PYTHON ?= python3
GPU_BENCH := $(CARGO_TARGET_DIR)/gpu
bench-gpu: cuda
	cargo build --release --features cuda --example networks --example gpu_step
	cargo test --release --features cuda --test cuda --no-run
	mkdir -p $(GPU_BENCH)
	cp $(LANTERN) $(CARGO_TARGET_DIR)/release/examples/gpu_step $(GPU_BENCH)/
	cp "$$(ls -t $(CARGO_TARGET_DIR)/release/deps/cuda-* | grep -v '\.d$$' | head -1)" $(GPU_BENCH)/cuda
	$(CARGO_TARGET_DIR)/release/examples/networks $(GPU_BENCH)/networks $(DATA)
	PROGRAMS=$(GPU_BENCH) OUT=$(BENCH)/gpu PYTHON=$(PYTHON) DATA=$(DATA) sh bench/gpu/all.sh

clean:
	rm -rf dist $(CARGO_TARGET_DIR)
