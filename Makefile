# The commands of this repository. `make help` lists them; CONTRIBUTING.md says when to use which.
SHELL := /bin/bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help
MAKEFLAGS += --no-print-directory

JOBS ?= $(shell nproc)
DEPS ?= install
# The system's interpreter: one from a version manager may lack nothing, but starts slower.
PYTHON := $(firstword $(wildcard /usr/bin/python3) python3)
# The newest clang that tools/deps.sh installs; named by version, for `clang` may be any.
CLANG_VERSION = $(firstword $(foreach v,19 18,$(if $(wildcard /usr/bin/clang++-$(v)),$(v))))

RELEASE := build/release
SERVE_ARGUMENTS ?= --demo

# A person sees how far the build is; a log gets its problems only.
ninja = if [ -t 1 ]; then ninja -C $(1) -j$(JOBS) $(2); \
	else ninja -C $(1) -j$(JOBS) --quiet $(2) | { grep -v '^ninja: no work to do' || true; }; fi

.PHONY: help deps deps-test deps-lint deps-bench deps-package build run test cluster-test bench replay lint \
	format sanitize sanitize-address debug fuzz tsan clang package clean

help: ## this list
	@grep -hE '^[a-z-]+:.*## ' Makefile | sed -E 's/^([a-z-]+):.*## (.*)/  make \1\t\2/' | expand -t 24

deps: ## install what building and running need (apt-get; nothing where all is there)
	@tools/deps.sh $(DEPS) build

deps-test:
	@tools/deps.sh $(DEPS) build test

deps-lint:
	@tools/deps.sh $(DEPS) build test lint

deps-bench:
	@tools/deps.sh $(DEPS) build test bench

deps-package:
	@tools/deps.sh $(DEPS) build package

build: deps ## the server: build/release/cartwright
	@cmake --preset release --log-level=WARNING >/dev/null
	@$(call ninja,$(RELEASE),cartwright)

run: build ## build and serve the demo shop on http://127.0.0.1:8000
	@exec $(RELEASE)/cartwright serve $(SERVE_ARGUMENTS)

test: deps-test ## every check that must hold before a change lands (both databases)
	@cmake --preset release --log-level=WARNING >/dev/null
	@$(call ninja,$(RELEASE),cartwright unit_tests)
	@tools/with_postgres.sh $(PYTHON) tools/run_tests.py

CLUSTER_ARGUMENTS ?=
cluster-test: deps-test build ## two minutes of shopping at three nodes while machines die and networks are cut
	@$(PYTHON) tests/cluster/run.py $(CLUSTER_ARGUMENTS)

BENCH_ARGUMENTS ?=
bench: deps-bench ## measure against the bare baselines; writes bench/RESULTS.md
	@cmake --preset release -DCARTWRIGHT_BENCH=ON --log-level=WARNING >/dev/null
	@$(call ninja,$(RELEASE),cartwright http_floor sqlite_floor load guards)
	@tools/with_postgres.sh --durable $(PYTHON) bench/run.py $(BENCH_ARGUMENTS)

replay: deps-test build ## a retailer's half year of sales through HTTP, compared to the penny
	@$(PYTHON) tools/replay.py

lint: deps-lint ## layers, tidiness, format, and clang-tidy over the whole tree
	@$(PYTHON) tools/check_layers.py
	@$(PYTHON) tools/tidy.py
	@$(PYTHON) tools/format.py --check
	@cmake --preset clang -DCMAKE_CXX_COMPILER=clang++-$(CLANG_VERSION) --log-level=WARNING >/dev/null
	@$(call ninja,build/clang,embedded.cpp)
	@$(PYTHON) tools/clang_tidy.py --clang-tidy clang-tidy-$(CLANG_VERSION) -j$(JOBS)

format: deps-test ## put every C++ file into the house format
	@$(PYTHON) tools/format.py

sanitize: sanitize-address tsan ## unit and contract tests under ASan+UBSan, then under TSan

# One build serves both, and shows what clang has to say: its instrumentation for libFuzzer costs tests little.
debug: deps-lint
	@cmake --preset debug -DCMAKE_CXX_COMPILER=clang++-$(CLANG_VERSION) --log-level=WARNING >/dev/null
	@$(call ninja,build/debug,)

sanitize-address: debug
	@$(PYTHON) tools/run_tests.py --build build/debug --only unit,contract-sqlite

FUZZ_SECONDS ?= 20
fuzz: debug ## each fuzz target for FUZZ_SECONDS (20)
	@$(PYTHON) tools/run_fuzz.py build/debug --seconds $(FUZZ_SECONDS)

tsan: deps-lint
	@cmake --preset tsan --log-level=WARNING >/dev/null
	@$(call ninja,build/tsan,cartwright unit_tests)
	@tools/with_postgres.sh $(PYTHON) tools/run_tests.py --build build/tsan --only unit,contract-sqlite

clang: deps-lint ## everything once more with clang, warnings as errors
	@cmake --preset clang -DCMAKE_CXX_COMPILER=clang++-$(CLANG_VERSION) --log-level=WARNING >/dev/null
	@$(call ninja,build/clang,)

package: deps-package build ## a .deb and a tarball in build/release/
	@cd $(RELEASE) && cpack -G "DEB;TGZ" | grep -E 'generated|rror'

clean: ## remove build/ (the demo's data in var/ stays)
	@rm -rf build
