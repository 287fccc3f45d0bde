"""The target, the latents and their constraints, shared by inference algorithms."""
