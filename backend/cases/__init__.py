"""Cases: what was reported, what is done about it, by whom and when."""
