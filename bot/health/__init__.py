"""What the hotline tells machines of its health: a page, figures, and a sign of life while all is well."""
