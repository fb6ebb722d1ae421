"""Tests of the room `listeners`."""
