"""The management API: for backends and administrators that hold a token with the scope `all`."""
