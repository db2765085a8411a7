"""The templates that Carteiro ships: nine types in ten languages, one layout."""

from carteiro.templates.builtin.compose import LANGUAGES, compose, find

__all__ = ["LANGUAGES", "compose", "find"]
