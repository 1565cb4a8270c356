"""Onlooker, installed: the page in a folder (page/), and the command `onlooker`: the page served, photos named."""
