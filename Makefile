PYTHON ?= python3

.PHONY: serve test setup bundle browsers bench soak convert reference
serve test setup bundle browsers bench soak convert reference:
	@$(PYTHON) -m tools $@ $(ARGS)
