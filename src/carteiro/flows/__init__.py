"""What a person is trying to do: one file per journey."""
