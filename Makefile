PYTHON ?= python3

.PHONY: serve test setup bundle bench soak convert
serve test setup bundle bench soak convert:
	@$(PYTHON) -m tools $@ $(ARGS)
