PYTHON ?= python3

.PHONY: serve test setup bench soak convert
serve test setup bench soak convert:
	@$(PYTHON) -m tools $@ $(ARGS)
