"""Who read what, and who changed whose rights: a log that can't be rewritten without its showing."""
