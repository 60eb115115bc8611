"""Pure decisions and small parts, tried alone."""
