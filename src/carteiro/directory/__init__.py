"""What a tenant has decided: its languages, its sign-in experience, its applications."""
