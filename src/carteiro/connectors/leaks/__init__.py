"""Services that know which passwords have leaked."""
