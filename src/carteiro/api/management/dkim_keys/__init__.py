"""Keys that sign mail."""
