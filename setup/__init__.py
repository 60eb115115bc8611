"""What `make` runs before the program itself can run: the standard library only, except where said."""
