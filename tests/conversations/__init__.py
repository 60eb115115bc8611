"""Transcripts: what a person does, and what the hotline says and has done."""
