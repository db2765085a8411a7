"""Where connections may go, and how they are opened."""
