"""Files, progress and stamps."""
