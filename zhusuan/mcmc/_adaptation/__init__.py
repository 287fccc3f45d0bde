"""Tuning of step sizes and metrics: pure functions without variables."""
