"""Set-up: all that the page and its tests need, fetched and built; steps.py has it in order."""
