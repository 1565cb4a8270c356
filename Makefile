PYTHON ?= python3

.PHONY: serve test setup browsers bench soak convert
serve test setup browsers bench soak convert:
	@$(PYTHON) -m tools $@ $(ARGS)
