"""Pure transitions of the samplers, without variables."""
