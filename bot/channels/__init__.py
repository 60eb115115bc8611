"""Messengers, each behind the same contract."""
