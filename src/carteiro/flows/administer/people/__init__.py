"""An administrator looks after people, their passwords and their roles."""
