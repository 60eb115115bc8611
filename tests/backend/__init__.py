"""Tests of the case backend, on real databases."""
