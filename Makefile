PYTHON ?= python3

.PHONY: serve test check setup bundle browsers bench soak convert reference
serve test check setup bundle browsers bench soak convert reference:
	@$(PYTHON) -m tools $@ $(ARGS)
