PYTHON ?= python3

.PHONY: serve test setup bundle browsers bench soak convert
serve test setup bundle browsers bench soak convert:
	@$(PYTHON) -m tools $@ $(ARGS)
