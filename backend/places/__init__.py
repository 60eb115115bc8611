"""Where something happened: the subjects of the Federation, and the nearest ones to what a person typed."""

from backend.places.regions import OUTSIDE, REGIONS, UNSTATED, Match, Region, name, nearest

__all__ = ["OUTSIDE", "REGIONS", "UNSTATED", "Match", "Region", "name", "nearest"]
