"""What builds and documents the project."""
