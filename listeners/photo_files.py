"""Photos on disk: made harmless, named by their content, with a thumbnail beside each."""

from __future__ import annotations

import hashlib
import io
import tempfile
import warnings
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from django.conf import settings
from PIL import Image, ImageOps, UnidentifiedImageError

from listeners.exceptions import Malformed
from listeners.models import Media

LONGEST_SIDE = 1600
THUMBNAIL_SIDE = 320
MOST_PIXELS = 50_000_000
_FORMATS = ("JPEG", "PNG", "WEBP", "GIF")
_QUALITY = 85


@dataclass(frozen=True, slots=True)
class StoredPhoto:
    """A photo on disk: its name under MEDIA_ROOT and its size in pixels."""

    file: str
    width: int
    height: int


def keep_photo(content: bytes) -> StoredPhoto:
    """Store a photo as JPEG without any of its metadata, upright, 1600 pixels at most.

    Raises Malformed for what is no picture or would fill the memory.
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


def discard(files: Iterable[str]) -> None:
    """Remove photos that no row names any more."""
    for file in set(files) - set(Media.objects.filter(file__in=files).values_list("file", flat=True)):
        for name in (file, thumbnail(file)):
            (Path(settings.MEDIA_ROOT) / name).unlink(missing_ok=True)


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
    """Write a file whole or not at all."""
    path = Path(settings.MEDIA_ROOT) / file
    if path.exists():
        return
    path.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.NamedTemporaryFile(dir=path.parent, delete=False) as unfinished:
        unfinished.write(content)
    Path(unfinished.name).replace(path)
