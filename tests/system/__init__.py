"""The whole program, tried from outside."""
