"""The pages of signing in: a file a screen or journey."""
