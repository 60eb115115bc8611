"""Keys, sealed values and sealed files."""
