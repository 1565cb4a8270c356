"""What is done to onnxruntime-web: faster kernels, nothing that no model needs, a network that is open already."""
