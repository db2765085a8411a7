"""Who may try how often, and which names and passwords are taken."""
