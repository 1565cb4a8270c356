"""The stage: the picture, the boxes over it, and what lies under it for several photos or for a video."""
