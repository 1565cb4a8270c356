"""The bundle and the packages."""
