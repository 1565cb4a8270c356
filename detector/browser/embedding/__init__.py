"""For pages of others: those that show this page in a frame, and those that run the detector themselves."""
