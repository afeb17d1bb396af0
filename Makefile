# Needs Go and make, nothing else.
GO          ?= go
VERSION     ?= $(shell git describe --tags --always --dirty 2>/dev/null || echo devel)
LDFLAGS     := -s -w -X main.version=$(VERSION)
# Without what writes man pages out of the help text, and the Markdown parser for it.
TAGS        := urfave_cli_no_docs
FUZZTIME    ?= 30s
STATICCHECK := honnef.co/go/tools/cmd/staticcheck@v0.8.2

.PHONY: help
help: ## list the targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## /{printf "  %-10s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

.PHONY: build
build: ## build ./ocisum
	CGO_ENABLED=0 $(GO) build -trimpath -tags $(TAGS) -ldflags '$(LDFLAGS)' -o ocisum ./cmd/ocisum

.PHONY: demo
demo: build ## build, and verify an image that ships with the sources
	./ocisum verify testdata/example/hello.tar

.PHONY: install
install: ## install ocisum into GOBIN
	CGO_ENABLED=0 $(GO) install -trimpath -tags $(TAGS) -ldflags '$(LDFLAGS)' ./cmd/ocisum

.PHONY: keyless
keyless: ## build ./ocisum-keyless, for signatures with certificates instead of keys
	cd keyless && CGO_ENABLED=0 $(GO) build -trimpath -ldflags '$(LDFLAGS)' -o ../ocisum-keyless ./cmd/ocisum-keyless

.PHONY: test
test: ## run all tests, the corpus included
	$(GO) test ./...

.PHONY: race
race: ## run the tests under the race detector, without the long ones
	$(GO) test -race -short ./...

.PHONY: lint
lint: ## gofmt, vet, staticcheck
	@test -z "$$(gofmt -l . | tee /dev/stderr)"
	$(GO) vet ./... && $(GO) run $(STATICCHECK) ./...

.PHONY: fuzz
fuzz: ## run every fuzz target for FUZZTIME (30s)
	@.ci/run fuzz $(FUZZTIME)

.PHONY: bench
bench: BENCH ?= -benchtime 0.3s -count 5
bench: ## run the benchmarks across packages; DOC=docs/performance.md keeps the tables
	$(GO) test -run '^$$' -bench . $(BENCH) -timeout 1h ./bench | $(GO) run ./bench/table -command 'make bench BENCH="$(BENCH)"' $(if $(DOC),-doc $(DOC))

.PHONY: bench-rivals
bench-rivals: build ## time other tools on the same data; RIVALS has flags, DOC as above
	cd bench/rivals && $(GO) run . -ocisum $(CURDIR)/ocisum -command '$(strip make bench-rivals $(if $(RIVALS),RIVALS="$(RIVALS)"))' $(RIVALS) $(if $(DOC),-doc $(CURDIR)/$(DOC))

.PHONY: vectors
vectors: ## write every test vector as folder and tar to vectors-out/, with what it must give
	rm -rf vectors-out && $(GO) run ./internal/testimage/vectors testdata/vectors vectors-out

.PHONY: docs
docs: ## write the generated documents again
	$(GO) generate ./internal/render

.PHONY: matrix
matrix: ## print the table of the README that compares tools
	@$(GO) run ./internal/corpus/matrix

.PHONY: ci
ci: ## everything that has to be green
	@.ci/run

.PHONY: clean
clean: ## remove what was built
	rm -rf ocisum ocisum-keyless vectors-out
