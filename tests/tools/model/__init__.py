"""The converter, the evaluation and the calibration."""
