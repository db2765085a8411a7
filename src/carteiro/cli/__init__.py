"""The command line. Each command is a module that is imported only when it runs."""

from carteiro.cli.root import main

__all__ = ["main"]
