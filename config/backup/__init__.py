"""Backups: everything that cannot be made again, in one archive, and the way back."""
