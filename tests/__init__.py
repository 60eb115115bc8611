"""What the hotline promises, tried on real databases, a real browser and real processes."""
