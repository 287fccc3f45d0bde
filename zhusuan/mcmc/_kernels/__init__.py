"""Transitions of the samplers: pure functions without variables."""
