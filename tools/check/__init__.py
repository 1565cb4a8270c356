"""Every check in order, and whether what the page says is there in every language."""
