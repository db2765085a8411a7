"""Keys from outside the database: whether they fit it, who holds them, and how one is replaced."""
