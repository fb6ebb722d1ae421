"""The archive: a tar behind zstandard, written and read as a stream, with its manifest as the last file."""

from __future__ import annotations

import hashlib
import io
import shutil
import tarfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path, PurePosixPath
from typing import IO, Any, Protocol

import zstandard
from pydantic import ValidationError

from config.backup.exceptions import DamagedArchive
from config.backup.manifest import FORMAT, NAME, Manifest, Part

_CHUNK = 2**20
_MOST_MANIFEST = 2**22


class _Hash(Protocol):
    def update(self, data: bytes, /) -> None: ...

    def hexdigest(self) -> str: ...


class _Sum:
    """What is counted of one part, while it is written and again while it is read."""

    def __init__(self) -> None:
        self._hash: _Hash = hashlib.sha256()
        self._files = self._size = 0

    def begin(self, entry: tarfile.TarInfo) -> None:
        self._hash.update(f"{entry.name}\0{entry.size}\0{entry.mode:o}\0".encode())
        self._files += 1
        self._size += entry.size

    def update(self, data: bytes) -> None:
        self._hash.update(data)

    def part(self) -> Part:
        return Part(files=self._files, size=self._size, sha256=self._hash.hexdigest())


class _Counted(io.RawIOBase):
    """A file that tells its sum what is read of it."""

    def __init__(self, file: IO[bytes], total: _Sum) -> None:
        self._file, self._total = file, total

    def read(self, size: int = -1, /) -> bytes:
        data = self._file.read(size)
        self._total.update(data)
        return data


class Writer:
    """Adds files to parts; the archive is whole only after `finish`."""

    def __init__(self, tar: tarfile.TarFile) -> None:
        self._tar = tar
        self._sums: dict[str, _Sum] = {}

    def add(self, part: str, name: str, path: Path) -> bool:
        """Add a file; returns whether it was still there."""
        try:
            file = path.open("rb")
        except FileNotFoundError:
            return False
        with file:
            entry = self._tar.gettarinfo(arcname=f"{part}/{name}", fileobj=file)
            entry.uid = entry.gid = 0
            entry.uname = entry.gname = ""
            entry.mode &= 0o777
            total = self._sums.setdefault(part, _Sum())
            total.begin(entry)
            self._tar.addfile(entry, _Counted(file, total))
        _forget(self._tar)
        return True

    def finish(self, manifest: Callable[[dict[str, Part]], Manifest]) -> Manifest:
        """Write the manifest that is made of the parts."""
        made = manifest({name: total.part() for name, total in self._sums.items()})
        data = made.model_dump_json(indent=1).encode()
        entry = tarfile.TarInfo(NAME)
        entry.size, entry.mode, entry.mtime = len(data), 0o600, int(made.made_at.timestamp())
        self._tar.addfile(entry, io.BytesIO(data))
        return made


@contextmanager
def written(file: IO[bytes]) -> Iterator[Writer]:
    """Write an archive into a file."""
    compressor = zstandard.ZstdCompressor(level=3, write_checksum=True)
    with (
        compressor.stream_writer(file, closefd=False) as stream,
        tarfile.open(fileobj=stream, mode="w|", format=tarfile.PAX_FORMAT, dereference=True) as tar,
    ):
        yield Writer(tar)


def read(path: Path, *, into: Path | None = None) -> Manifest:
    """Read an archive to its end and check all of it; with `into`, lay its files under that folder meanwhile.

    Raises DamagedArchive for anything that is not as it was written.
    """
    try:
        with path.open("rb") as file:
            return _read(file, into)
    except (tarfile.TarError, zstandard.ZstdError, EOFError) as fault:
        raise DamagedArchive(f"{path}: is cut or damaged: {fault}") from None
    except ValidationError as fault:
        raise DamagedArchive(f"{path}: its manifest cannot be read: {fault.errors()[0]['msg']}") from None


def _read(file: IO[bytes], into: Path | None) -> Manifest:
    sums: dict[str, _Sum] = {}
    manifest: Manifest | None = None
    with (
        zstandard.ZstdDecompressor().stream_reader(file, read_across_frames=False) as stream,
        tarfile.open(fileobj=stream, mode="r|") as tar,
    ):
        while (entry := tar.next()) is not None:
            _forget(tar)
            if manifest is not None:
                raise DamagedArchive("There is more behind the manifest.")
            if entry.name == NAME:
                manifest = Manifest.model_validate_json(_content(tar, entry).read(_MOST_MANIFEST))
            else:
                _take(tar, entry, sums.setdefault(_place(entry).parts[0], _Sum()), into)
    if manifest is None:
        raise DamagedArchive("The archive was cut: it has no manifest.")
    if manifest.format <= FORMAT and manifest.parts != {name: one.part() for name, one in sums.items()}:
        raise DamagedArchive("The archive is not what was written: a sum is different.")
    return manifest


def _forget(tar: tarfile.TarFile) -> None:
    """Keep memory flat: tarfile remembers every entry that it wrote or read."""
    tar.members.clear()  # type: ignore[attr-defined]


def _place(entry: tarfile.TarInfo) -> PurePosixPath:
    place = PurePosixPath(entry.name)
    if not entry.isreg() or place.is_absolute() or ".." in place.parts or len(place.parts) < 2:
        raise DamagedArchive(f"The archive holds what no backup of ours does: {entry.name!r}")
    return place


def _content(tar: tarfile.TarFile, entry: tarfile.TarInfo) -> IO[bytes]:
    content = tar.extractfile(entry)
    if content is None:
        raise DamagedArchive(f"The archive holds what no backup of ours does: {entry.name!r}")
    return content


def _take(tar: tarfile.TarFile, entry: tarfile.TarInfo, total: _Sum, into: Path | None) -> None:
    total.begin(entry)
    content: Any = _Counted(_content(tar, entry), total)
    if into is None:
        while content.read(_CHUNK):
            pass
        return
    target = into / entry.name
    target.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    with target.open("xb") as file:
        target.chmod(entry.mode & 0o777)
        shutil.copyfileobj(content, file, _CHUNK)
