"""Kulanz settings, URLs, brand files and the one command-line tool."""

__version__ = "0.1.0"
