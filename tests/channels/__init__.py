"""Each messenger against its real server, or one that is as strict."""
