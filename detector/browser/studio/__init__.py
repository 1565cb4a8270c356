"""The page's side of the studio: full Python in a worker, and what it makes."""
