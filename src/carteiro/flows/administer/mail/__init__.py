"""An administrator decides through whom mail leaves, in which words, and to whom not."""
