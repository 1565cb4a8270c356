"""What the network needs, on its way: files, what was begun ahead, the list of models, and how far all of it is."""
