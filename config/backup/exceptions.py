"""What can go wrong with a backup.

BackupFault
├── DatabaseFault   the database's programs failed
├── DamagedArchive  the archive is not whole, or is none
└── Refused         nothing was touched, and the text says what to do
"""

from __future__ import annotations


class BackupFault(Exception):
    """The root; its text is for the person at the terminal."""


class DatabaseFault(BackupFault):
    """Raised where a database could not be copied or filled."""


class DamagedArchive(BackupFault):
    """Raised for an archive that is cut, changed, or none of ours."""


class Refused(BackupFault):
    """Raised before anything was touched."""
