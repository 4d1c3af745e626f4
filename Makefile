# make run    installs what is missing, builds the product, serves a demo utility and prints its address
# make test   everything that must hold, as CI runs it
# make trials what is tried at length: damage, crashes, backups
SWIFT ?= swift
PORT ?= 8080
BUILD = .build/debug/hallkeeper

.PHONY: run build setup test trials format clean

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
	@bin/trials

format:
	$(SWIFT) format --in-place --recursive Sources Tests Plugins Package.swift

clean:
	rm -rf .build data
