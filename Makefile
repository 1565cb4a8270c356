PYTHON ?= python3

.PHONY: serve test check setup bundle browsers bench soak convert reference pictures
serve test check setup bundle browsers bench soak convert reference pictures:
	@$(PYTHON) -m tools $@ $(ARGS)
