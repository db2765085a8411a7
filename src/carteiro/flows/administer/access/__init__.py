"""An administrator decides what applications may do, and what tokens are for."""
