"""Photos in the storage: made harmless, named by their content, with a thumbnail beside each."""

from __future__ import annotations

import hashlib
import io
import warnings
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from django.core.exceptions import SuspiciousFileOperation
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.db import transaction
from PIL import Image, ImageOps, UnidentifiedImageError

from listeners.exceptions import Malformed, StorageFault
from listeners.models import DiscardedFile, Media

LONGEST_SIDE = 1600
THUMBNAIL_SIDE = 320
MOST_PIXELS = 50_000_000
MOST_REMOVED = 500
_FORMATS = ("JPEG", "PNG", "WEBP", "GIF")
_QUALITY = 85


@dataclass(frozen=True, slots=True)
class StoredPhoto:
    """A photo in the storage: its name there and its size in pixels."""

    file: str
    width: int
    height: int


def keep_photo(content: bytes) -> StoredPhoto:
    """Store a photo as JPEG without any of its metadata, upright, 1600 pixels at most.

    Raises Malformed for what is no picture or would fill the memory, StorageFault.
    """
    image = _harmless(content)
    large = _jpeg(image)
    name = hashlib.sha256(large).hexdigest()
    file = f"{name[:2]}/{name}.jpg"
    image.thumbnail((THUMBNAIL_SIDE, THUMBNAIL_SIDE))
    size = Image.open(io.BytesIO(large)).size
    _write(file, large)
    _write(thumbnail(file), _jpeg(image))
    return StoredPhoto(file, *size)


def thumbnail(file: str) -> str:
    """Return the name of a photo's thumbnail."""
    return file.removesuffix(".jpg") + ".small.jpg"


def original(name: str) -> str:
    """Return the name of the photo that a thumbnail was made of; a photo's own name as it is."""
    return name.removesuffix(".small.jpg") + ".jpg" if name.endswith(".small.jpg") else name


def read(name: str) -> bytes:
    """Return a stored photo or thumbnail; raises FileNotFoundError, StorageFault."""
    with _faults(), default_storage.open(name) as file:
        content: bytes = file.read()
        return content


def discard(files: Iterable[str]) -> None:
    """Note in a transaction that photos without a row leave the storage; they go with its commit.

    Where the storage is down then, the stage `photos` removes them once it is there again.
    """
    if noted := [DiscardedFile(file=file) for file in files]:
        DiscardedFile.objects.bulk_create(noted, ignore_conflicts=True)
        transaction.on_commit(remove_discarded, robust=True)


def remove_discarded() -> int:
    """Remove the noted photos that no row names; returns how many. Raises StorageFault."""
    noted = list(DiscardedFile.objects.values_list("file", flat=True)[:MOST_REMOVED])
    for file in set(noted) - set(Media.objects.filter(file__in=noted).values_list("file", flat=True)):
        with _faults():
            default_storage.delete(thumbnail(file))
            default_storage.delete(file)
    DiscardedFile.objects.filter(file__in=noted).delete()
    return len(noted)


def try_storage() -> None:
    """Store a small file and remove it again; raises StorageFault."""
    with _faults():
        default_storage.delete(default_storage.save("trial", ContentFile(b"trial")))


def _harmless(content: bytes) -> Image.Image:
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", Image.DecompressionBombWarning)
            image: Image.Image = Image.open(io.BytesIO(content), formats=_FORMATS)
        if image.width * image.height > MOST_PIXELS:
            raise Malformed(f"The picture has {image.width} × {image.height} pixels, which is too many.")
        image.draft("RGB", (LONGEST_SIDE, LONGEST_SIDE))
        image = ImageOps.exif_transpose(image)
        image.thumbnail((LONGEST_SIDE, LONGEST_SIDE))
        return _on_white(image)
    except UnidentifiedImageError:
        raise Malformed("This is not a JPEG, PNG, WebP or GIF picture.") from None
    except (OSError, ValueError, SyntaxError, EOFError, MemoryError, Image.DecompressionBombError) as fault:
        raise Malformed(f"The picture is damaged: {fault}") from fault


def _on_white(image: Image.Image) -> Image.Image:
    """Copy the pixels alone, so that nothing hidden in the file comes along."""
    opaque = Image.new("RGB", image.size, "white")
    clear = image.convert("RGBA")
    opaque.paste(clear, mask=clear.getchannel("A"))
    return opaque


def _jpeg(image: Image.Image) -> bytes:
    packed = io.BytesIO()
    image.save(packed, "JPEG", quality=_QUALITY, optimize=True)
    return packed.getvalue()


def _write(file: str, content: bytes) -> None:
    """Write a file unless it is there whole; one of another length was cut short by a crash."""
    with _faults():
        if not default_storage.exists(file) or default_storage.size(file) != len(content):
            default_storage.save(file, ContentFile(content))


@contextmanager
def _faults() -> Iterator[None]:
    """Make one fault of whatever the storage's library raises; a name that leads elsewhere is no file."""
    try:
        yield
    except FileNotFoundError:
        raise
    except SuspiciousFileOperation as fault:
        raise FileNotFoundError(str(fault)) from None
    except Exception as fault:
        raise StorageFault(f"The storage of photos does not work: {type(fault).__name__}.") from fault
