"""The lint: what is wrong with a template before anybody gets it."""
