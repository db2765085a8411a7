"""Somebody who is signed in looks after their own account, by the token of an application."""
