"""The languages and the documents."""
