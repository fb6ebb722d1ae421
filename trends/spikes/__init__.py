"""Sudden rises of negative or urgent posts: what is usual, when that is left, and the incident it makes."""
