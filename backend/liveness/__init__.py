"""Whether the hotline is alive: what is wrong with it now, and when it was down."""
