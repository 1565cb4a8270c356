PYTHON ?= python3

.PHONY: serve test setup bench convert
serve test setup bench convert:
	@$(PYTHON) -m tools $@ $(ARGS)
