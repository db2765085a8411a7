"""The templates that Carteiro ships: fifteen types in twenty languages, one layout."""

from carteiro.templates.builtin.compose import LANGUAGES, compose, find, nearest, source

__all__ = ["LANGUAGES", "compose", "find", "nearest", "source"]
