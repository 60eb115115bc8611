"""`python -m bot` is `hotline`."""

from bot.cli import main

if __name__ == "__main__":
    main()
