"""onnxruntime-web: builds, sessions, providers, downloads, races, memory."""
