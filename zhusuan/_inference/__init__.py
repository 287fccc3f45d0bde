"""What the inference algorithms share; nothing here is public."""
