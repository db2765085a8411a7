"""What anybody may ask before signing in."""
