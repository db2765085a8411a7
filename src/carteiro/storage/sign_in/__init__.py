"""What a sign-in leaves behind."""
