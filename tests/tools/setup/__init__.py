"""Set-up, and what it fetches."""
