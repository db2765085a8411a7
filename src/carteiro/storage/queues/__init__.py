"""What drives delivery on each database, and who lives."""
