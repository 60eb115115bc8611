"""What officers, coordinators and the council type and press, and what they are answered."""
