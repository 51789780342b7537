# Two commands for a fresh machine with Rust and Python:
#   make demo    builds what is needed and shows one credential from C, Python, R and the shell
#   make test    runs all tests of all languages
#   make shell   a shell in such a session, where python, R and tokcore are those of this checkout
# Others: make check (test + policies), crash, herd, bench, install, wheel, r-tarball, clean. Parts of test: test-rust, test-c, ...

.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
SHELL := /bin/bash

# One folder for everything that cargo builds in this workspace; R builds in its own, its manifest is another workspace.
export CARGO_TARGET_DIR ?= $(CURDIR)/target
R_TARGET := $(CARGO_TARGET_DIR)/r
R_LIBRARY := $(CARGO_TARGET_DIR)/r-library
VENV := $(CURDIR)/.venv
PYTHON := $(VENV)/bin/python
MATURIN := $(VENV)/bin/maturin
TOKCORE := $(CARGO_TARGET_DIR)/debug/tokcore
# What the runners of all languages share.
export TOKCORE_VECTORS := $(CURDIR)/tests/vectors
export TOKCORE_REPLAY_BIN := $(CARGO_TARGET_DIR)/debug/tokcore-replay-server
export TOKCORE_BIN := $(TOKCORE)

include ffi/install.mk

.PHONY: help
help:
	@sed -n '1,/^$$/s/^# //p' Makefile

# --- the main job ------------------------------------------------------------------------------------------------------

.PHONY: demo
demo: setup-demo build-demo
	@echo; echo 'A broker and a provider run on loopback; the user demo is signed in to demo-mail.'; echo
	@$(TOKCORE) demo -- examples/run-all.sh
	@echo; echo 'All stopped and removed. Your own shell in such a session: make shell'

.PHONY: shell
shell: setup-demo build-demo
	@PATH=$(VENV)/bin:$$PATH R_LIBS=$(R_LIBRARY) $(TOKCORE) demo

.PHONY: setup-demo build-demo
setup-demo:
	@tests/setup.sh demo
build-demo:
	@echo "building tokcore, libtokcore, the wheel and the R package (5 to 10 minutes the first time)"
	@cargo build --quiet -p tokcore-cli
	@$(MAKE) --no-print-directory build-c build-python build-r

.PHONY: build-c build-python build-r
build-c:
	@sh ffi/link.sh debug
	@$(MAKE) --no-print-directory -C examples/c TOKCORE_BUILD=$(CARGO_TARGET_DIR)/c/debug OUT=$(CARGO_TARGET_DIR)/c/debug
build-python:
	@mkdir -p $(CARGO_TARGET_DIR)
	@cd bindings-python && VIRTUAL_ENV=$(VENV) $(MATURIN) develop --quiet >$(CARGO_TARGET_DIR)/maturin.log 2>&1 \
	  || { cat $(CARGO_TARGET_DIR)/maturin.log; exit 1; }
build-r:
	@mkdir -p $(R_LIBRARY)
	@CARGO_TARGET_DIR=$(R_TARGET) TOKCORE_R_PROFILE=dev NOT_CRAN=true \
	  R CMD INSTALL --no-docs --no-test-load --library=$(R_LIBRARY) bindings-r >$(R_LIBRARY)/install.log 2>&1 \
	  || { cat $(R_LIBRARY)/install.log; exit 1; }

# --- tests -------------------------------------------------------------------------------------------------------------

.PHONY: test setup
test: setup
	@tests/run-all.sh

setup:
	@tests/setup.sh test

.PHONY: lint test-rust test-crash test-c test-python test-r test-e2e
lint:
	cargo fmt --all --check
	cargo clippy --workspace --all-targets --quiet -- -D warnings
	cargo clippy -p tokcore-crash --features failpoints --quiet -- -D warnings
	cargo xtask kinds --check
	cargo xtask settings --check
	cargo xtask header --check
	@# The R package has a workspace, and a lock, of its own.
	cargo fmt --manifest-path bindings-r/src/rust/Cargo.toml --check
	cargo metadata --locked --format-version 1 --manifest-path bindings-r/src/rust/Cargo.toml >/dev/null
test-rust:
	tests/cargo-test.sh
test-crash:
	tests/crash/run.sh sample
test-c:
	tests/c/run.sh
test-python: build-python build-replay
	cd bindings-python && $(PYTHON) -m pytest -q
	cd bindings-python && $(PYTHON) -m mypy && $(PYTHON) -m mypy.stubtest tokcore
test-r: build-r build-replay
	R_LIBS=$(R_LIBRARY) NOT_CRAN=true $(PYTHON) tests/servers/running.py oidc second hostile -- \
	  Rscript bindings-r/tests/testthat.R
test-e2e: build-python build-c build-r
	cargo build --quiet -p tokcore-cli
	cd tests/e2e && $(PYTHON) -m pytest -q

# A hundred rounds of 64 processes in four languages on one expired grant; `make test-e2e` runs three.
.PHONY: herd
herd: setup build-python build-c build-r
	cargo build --quiet -p tokcore-cli
	cd tests/e2e && TOKCORE_TEST_HERD_ROUNDS=100 $(PYTHON) -m pytest -q -s test_store_herd.py

.PHONY: build-replay
build-replay:
	@cargo build --quiet -p tokcore-replay-server

# --- before a pull request ---------------------------------------------------------------------------------------------

.PHONY: check
check: test check-r
	TOKCORE_E2E_SECONDS=60 $(MAKE) --no-print-directory test-e2e
	@cargo deny --version >/dev/null 2>&1 || cargo install --locked cargo-deny
	cargo deny check licenses bans sources

.PHONY: r-tarball check-r
r-tarball:
	bindings-r/tools/vendor.sh $(CARGO_TARGET_DIR)/r-tarball
check-r: r-tarball
	cd $(CARGO_TARGET_DIR)/r-tarball && _R_CHECK_FORCE_SUGGESTS_=false R CMD check --no-manual tokcore_*.tar.gz

.PHONY: wheel
wheel: setup-demo
	cd bindings-python && $(MATURIN) build --release --strip

# All of what test-crash takes a sample of, and 10 000 kills: half an hour.
.PHONY: crash
crash:
	cargo test --quiet -p tokcore --features failpoints --lib failpoint
	tests/crash/run.sh all

# --- figures, never part of a test -------------------------------------------------------------------------------------

.PHONY: bench
bench:
	@tests/setup.sh bench
	@$(PYTHON) tests/bench/run.py

.PHONY: clean
clean:
	rm -rf $(CARGO_TARGET_DIR) $(VENV) tests/servers/oidc/node_modules bindings-r/src/rust/target
	rm -f bindings-r/src/*.o bindings-r/src/*.so bindings-r/src/Makevars bindings-python/python/tokcore/*.so
