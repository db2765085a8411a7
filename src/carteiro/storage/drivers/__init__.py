"""The two databases: units of work over named statements."""
