"""An interaction's record and the rules on it: true without database and web."""
