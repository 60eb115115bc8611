"""Who is on duty when: shifts, who takes over from whom, and where nobody is."""
