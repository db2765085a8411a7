"""Somebody proves who they are, step by step, and is signed in, registered, or let in again."""
