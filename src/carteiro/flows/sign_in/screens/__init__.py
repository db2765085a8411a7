"""What a person does on the pages of signing in, screen by screen."""
