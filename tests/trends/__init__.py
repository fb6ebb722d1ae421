"""Tests of the room `trends`."""
