"""Counts of people."""
