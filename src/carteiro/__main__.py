"""``python -m carteiro`` is ``carteiro``."""

from carteiro.cli import main

if __name__ == "__main__":
    main()
