"""What providers tell of messages after they took them over: checked, and in one vocabulary."""
