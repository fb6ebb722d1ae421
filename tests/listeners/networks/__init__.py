"""Tests of single networks."""
