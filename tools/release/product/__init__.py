"""What is installed with the product, beside detector/: see tools/release/distribution.py."""
