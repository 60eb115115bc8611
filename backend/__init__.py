"""The hotline's case backend: cases, people, time and secrecy; it knows no messenger."""
