"""The seam to TensorFlow: functions that are the same in every mode and version."""
