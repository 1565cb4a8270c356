"""Seams to the browser that know nothing of this page."""
