"""Measurements: ratios of the same run, never times."""
