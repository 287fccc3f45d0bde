"""Numerically stable special functions, and samplers that TensorFlow lacks."""
