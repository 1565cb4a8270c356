"""The local server, and what it sends: which files, made ones and compressed ones too, to whom, and how safely."""
