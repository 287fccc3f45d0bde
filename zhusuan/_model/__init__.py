"""What every inference algorithm shares: the target, the latents, their constraints."""
