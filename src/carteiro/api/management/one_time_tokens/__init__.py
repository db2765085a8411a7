"""One-time tokens: what a magic link proves."""
