"""Which language a person is addressed in, and why."""
