"""HTTP with JSON: parses, calls one thing, answers."""
