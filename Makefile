# Every target with a ## comment is listed by `make help`.

SHELL := /bin/bash
.SHELLFLAGS := -eu -o pipefail -c
.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
# The parts of `test` share two cores, a build and the services: one after the other.
.NOTPARALLEL:

GOLANGCI_VERSION := v2.15.0
GOLANGCI := .tools/bin/golangci-lint-$(GOLANGCI_VERSION)

VERSION = $(shell git describe --tags --always --dirty 2>/dev/null || echo unknown)

# Which Go packages test-go runs, and for how long `fuzz` tries each target.
PKG ?= ./...
FUZZTIME ?= 10s

# The built page, and what it is made of. Folders count too: their time changes when
# a file goes away.
PAGE := frontend/dist/app/index.html
MODULES := frontend/node_modules/.package-lock.json
PAGE_SOURCES := $(shell find frontend/src frontend/public) \
	$(wildcard frontend/*.json frontend/*.ts frontend/index.html frontend/.npmrc)

.PHONY: help
help: ## list the targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  %-15s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

.PHONY: run
run: build ## build everything and start the desk with its demo on http://127.0.0.1:8080
	./bin/desk demo

.PHONY: build
build: $(PAGE) ## build bin/desk with the front end inside
	CGO_ENABLED=0 go build -trimpath -ldflags '-s -w -X main.version=$(VERSION)' -o bin/desk ./cmd/desk

$(PAGE): $(MODULES) $(PAGE_SOURCES)
	cd frontend && npm run build
	@touch $@

$(MODULES): frontend/package.json frontend/package-lock.json frontend/.npmrc
	cd frontend && npm ci --no-audit --no-fund
	@touch $@

.PHONY: test
test: ## check and test everything; brings PostgreSQL, Redis and Chromium
	.ci/with-services cc postgres redis chromium -- $(MAKE) --no-print-directory lint test-go test-frontend test-browser

.PHONY: test-go
test-go: ## Go tests with the race detector; PKG=./inbox/... for a part
	.ci/with-services cc postgres redis -- env CGO_ENABLED=1 go test -race -vet=off -timeout 20m -p 2 $(PKG)

.PHONY: test-frontend
test-frontend: $(MODULES) ## unit tests of the front end
	cd frontend && npm test

.PHONY: test-browser
test-browser: build ## journeys in a real browser against the real binary
	cd frontend && DESK_BIN=$(abspath bin/desk) ../.ci/with-services chromium -- npm run test:e2e

.PHONY: lint
lint: $(MODULES) $(GOLANGCI) ## formatting, vet and linters of both languages
	.ci/gofmt
	go vet ./...
	$(GOLANGCI) run
	cd frontend && npm run typecheck
	cd frontend && npm run lint

# The linter has a hundred dependencies of its own, so it stays out of go.mod.
$(GOLANGCI):
	GOBIN=$(abspath .tools/bin) CGO_ENABLED=0 go install github.com/golangci/golangci-lint/v2/cmd/golangci-lint@$(GOLANGCI_VERSION)
	mv .tools/bin/golangci-lint $@

.PHONY: fuzz
fuzz: ## a short run of every fuzz target; FUZZTIME=1m for longer
	.ci/fuzz $(FUZZTIME)

.PHONY: bench
bench: build ## print the benchmark table
	./bin/desk bench all

.PHONY: clean
clean: ## remove what the build made; ./data, npm packages and tools stay
	rm -rf bin frontend/dist/app frontend/test-results frontend/playwright-report
