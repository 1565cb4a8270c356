"""The panel that opens at the side: one module a section, each loaded when the panel is opened."""
