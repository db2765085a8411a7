"""Messages in this process's hands: tried, retried, recorded."""
