"""What an application does with a code: tokens, what they say, and their end."""
