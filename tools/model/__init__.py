"""The networks' files: fetched and built, converted from TensorFlow.js, evaluated, calibrated."""
