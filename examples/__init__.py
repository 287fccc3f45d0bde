"""Example scripts, and in `examples.utils` what they share."""
