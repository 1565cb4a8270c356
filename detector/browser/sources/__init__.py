"""Where pictures come from: the camera, photos, video files, samples; and pictures into tensors."""

# Sources with a button of their own, which show themselves in the page's video element: each module has BUTTON, the
# words on it, and SOURCE, a Source that is made of that element, once. One more is one more module, and its name here.
LIVE: "tuple[str, ...]" = ("detector.browser.sources.camera",)
