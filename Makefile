# make run    installs what is missing, builds the product, serves a demo utility and prints its address
# make test   everything that must hold, as CI runs it
# make bench  how fast it is beside bare programs made of the same parts; writes BENCHMARKS.md
# make trials what is tried at length: damage, crashes, power cuts, backups; goes on where it stopped. TIER=--middle: 45 minutes
SWIFT ?= swift
PORT ?= 8080
BUILD = .build/debug/hallkeeper

.PHONY: run build setup test trials bench format clean

run: build
	$(BUILD) demo --data data --port $(PORT)

build: setup
	$(SWIFT) build --product hallkeeper

setup:
	@bin/setup

test:
	@bin/setup --tests
	@bin/test

trials: build
	@bin/trials $(TIER)

bench:
	@bin/setup-bench
	nice -n 5 $(SWIFT) build -c release --scratch-path .build-release
	@python3 Benchmarks/run.py $(BENCH)

format:
	$(SWIFT) format --in-place --recursive Sources Tests Plugins Package.swift

clean:
	rm -rf .build data
