"""What is done to onnxruntime-web, in Node.js."""
