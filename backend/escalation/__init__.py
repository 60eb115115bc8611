"""What happens when nobody acknowledges, answers or goes on."""
