"""``python -m carteiro`` and the command ``carteiro``."""

import sys


def main() -> None:
    """Run the command line, or say which extra brings it."""
    try:
        from carteiro.cli import main as run  # noqa: PLC0415 - the library alone has no typer
    except ModuleNotFoundError as missing:
        sys.exit(f"carteiro: the command line needs {missing.name}: install carteiro[server].")
    run()


if __name__ == "__main__":
    main()
