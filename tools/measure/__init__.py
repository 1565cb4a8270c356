"""What the page takes: time beside tfjs' own, memory in the long run, and what each engine does."""
