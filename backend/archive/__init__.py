"""Backups: everything in one encrypted file, and the way back from it."""
