# `make` without a target lists the targets, with the comments behind them.
.DEFAULT_GOAL := help

PKG       ?= ./...
ARCH      ?= arm64
BENCH     ?= .
COUNT     ?= 20
FUZZTIME  ?= 10s
ARGS      ?=
SEEDS     ?= 1000
FROM      ?= 1

MKDOCS    ?= mkdocs

GOLANGCI_LINT ?= $(or $(shell command -v golangci-lint),$(shell go env GOPATH)/bin/golangci-lint)
GOLANGCI_VERSION = $(shell sed -n "s/^golangci_version=//p" .ci/run)
# The SAM CLI's name for ARCH.
SAM_ARCH = $(or $(if $(filter amd64,$(ARCH)),x86_64),$(filter arm64,$(ARCH)),$(error ARCH is $(ARCH); accepted: arm64 or amd64))
# The packages whose tests rewrite their golden files under -update.
GOLDEN = $(shell grep -rlE --include='*_test.go' 'flag[.]Bool."update"' . | xargs -r -n1 dirname | sort -u)

.PHONY: help
help: ## List the targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  %-15s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

.PHONY: linter
linter:
	@$(GOLANGCI_LINT) version >/dev/null 2>&1 || { \
		echo 'golangci-lint is missing; next: go install github.com/golangci/golangci-lint/v2/cmd/golangci-lint@v$(GOLANGCI_VERSION)' >&2; exit 1; }

.PHONY: check
check: linter ## Run all checks that a commit must pass: format, modules, vet, lint, tests
	$(GOLANGCI_LINT) fmt --diff
	go mod tidy -diff
	go vet $(PKG)
	$(GOLANGCI_LINT) run $(PKG)
	go test $(PKG)

.PHONY: test
test: ## Run the tests (PKG=./internal/plan for one package)
	go test $(PKG)

.PHONY: race
race: ## Run the tests with the race detector, in random order
	go test -race -shuffle=on $(PKG)

.PHONY: lint
lint: linter ## Run golangci-lint
	$(GOLANGCI_LINT) run $(PKG)

.PHONY: build
build: ## Build and zip the functions into dist/ for Lambda (ARCH=arm64 or amd64)
	.ci/package $(ARCH) dist

# These variables make the binaries static and small; see docs/deploy.md.
.PHONY: sam-build
sam-build: ## Build the functions with the SAM CLI, for sam deploy and sam local (ARCH=arm64 or amd64)
	sed 's/^    Architectures: .*/    Architectures: [$(SAM_ARCH)]/' template.yaml >.sam-template.yaml
	CGO_ENABLED=0 GOFLAGS='-trimpath -buildvcs=false -tags=lambda.norpc -ldflags=-s' sam build --template .sam-template.yaml $(if $(BUILD_DIR),--build-dir $(BUILD_DIR))
	rm .sam-template.yaml
	@echo 'next: sam deploy --guided --config-file deploy.toml (a copy of samconfig.toml), or sam local invoke; see docs/deploy.md'

.PHONY: sandbox
sandbox: ## Run the real handler against a simulated AWS (ARGS=...)
	go run ./cmd/sandbox $(ARGS)

.PHONY: simulate
simulate: ## Run the simulation over SEEDS (1000) seeds from FROM (1); BREAK=name plants a bug first
	@go run ./cmd/simulate -seeds $(SEEDS) -from $(FROM) $(if $(BREAK),-break $(BREAK))

.PHONY: simulate-breaks
simulate-breaks: ## Plant each bug in turn and check that SEEDS seeds catch it (LIST=1: only list the bugs)
	@go run ./cmd/simulate $(if $(LIST),-list,-breaks -seeds $(SEEDS) -from $(FROM))

.PHONY: bench
bench: ## Measure all figures of docs/performance.md, beside those of others: tables, JSON and plots
	go run ./cmd/bench

.PHONY: bench-short
bench-short: ## Count calls, bytes and simulated time, and fail if they got worse than bench/expected.json
	go run ./cmd/bench -short

.PHONY: benchmarks
benchmarks: ## Run Go's benchmarks (BENCH=regexp, PKG=...)
	go test -run='^$$' -bench='$(BENCH)' -benchmem $(PKG)

.PHONY: site
site: ## Build the documentation as a site that one can search, into site/ (needs pip install mkdocs-material; MKDOCS=...)
	NO_MKDOCS_2_WARNING=1 $(MKDOCS) build --config-file .ci/site/mkdocs.yml --site-dir $(CURDIR)/site

.PHONY: fuzz
fuzz: ## Fuzz each fuzz test for FUZZTIME (10s)
	@grep -rHoE --include='*_test.go' '^func Fuzz[A-Za-z0-9_]+' . | sed 's/:func /:/' | { \
		while IFS=: read -r file name; do \
			echo "== $$name in $$(dirname "$$file")"; \
			go test -run='^$$' -fuzz="^$$name\$$" -fuzztime=$(FUZZTIME) -fuzzminimizetime=20x "$$(dirname "$$file")" </dev/null || exit 1; \
		done; }

.PHONY: golden
golden: ## Rewrite the golden files with what the code does now; then review the diff
	$(if $(GOLDEN),go test $(GOLDEN) -update,@echo "no test has an -update flag")

.PHONY: deflake
deflake: ## Run the tests COUNT (20) times with the race detector; stop at the first failure
	go test -race -shuffle=on -failfast -count=$(COUNT) $(PKG)

.PHONY: cover
cover: ## Write the coverage of the tests to coverage.out and coverage.html
	go test -coverpkg=./internal/... -coverprofile=coverage.out $(PKG)
	go tool cover -html=coverage.out -o coverage.html
	@go tool cover -func=coverage.out | tail -1

.PHONY: fmt
fmt: linter ## Format the code
	$(GOLANGCI_LINT) fmt

.PHONY: clean
clean: ## Remove the files that the other targets made
	rm -rf dist site .aws-sam coverage.out coverage.html
