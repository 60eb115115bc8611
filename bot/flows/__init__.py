"""The conversations, one a file: pure functions from where a person stands and what came in."""
