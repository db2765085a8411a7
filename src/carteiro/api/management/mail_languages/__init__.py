"""Whether there are words for every mail in a language."""
