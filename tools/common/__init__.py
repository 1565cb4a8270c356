"""What all rooms use: where things are, whole files or none, progress on the terminal, and what is done already."""
