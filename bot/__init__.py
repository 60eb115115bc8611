"""Talks to people: messengers and conversations, on top of the case backend."""
