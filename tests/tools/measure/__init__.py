"""What measurements are written to."""
