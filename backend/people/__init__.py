"""Reporters, staff and the rooms they meet in."""
