# make run    installs what is missing, builds the product, serves a demo utility and prints its address
# make test   everything that must hold, as CI runs it
# make bench  figures as ratios within one run
SWIFT ?= swift
PORT ?= 8080
BUILD = .build/debug/hallkeeper

.PHONY: run build setup test bench format clean

run: build
	$(BUILD) demo --data data --port $(PORT)

build: setup
	$(SWIFT) build --product hallkeeper

setup:
	@bin/setup

test:
	@bin/setup --tests
	@bin/test

bench: setup
	$(SWIFT) build -c release --product hallkeeper
	.build/release/hallkeeper bench

format:
	$(SWIFT) format --in-place --recursive Sources Tests Plugins Package.swift

clean:
	rm -rf .build data
