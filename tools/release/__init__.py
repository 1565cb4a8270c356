"""What others get: the zip for static hosts, packages for pages and programs, and the reference."""
