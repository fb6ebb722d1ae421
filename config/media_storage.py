"""Where photos are kept: a folder, or a bucket that speaks S3."""

from __future__ import annotations

import re
from importlib.util import find_spec
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urlsplit

FORM = (
    "write s3://bucket/folder?endpoint=https://host&region=name; folder, endpoint and region may be left out"
)
_TIMEOUT_S = 10


def in_folder(folder: Path) -> dict[str, Any]:
    """Return Django's storage under a folder of this machine.

    Names are made of contents, so what stands there already is the same file, or one that was cut short.
    """
    return {
        "BACKEND": "django.core.files.storage.FileSystemStorage",
        "OPTIONS": {"location": folder, "allow_overwrite": True},
    }


def in_bucket(url: str) -> dict[str, Any]:
    """Return Django's storage for an address such as `s3://bucket?endpoint=https://host`.

    The credentials are those that boto3 finds, mostly AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY. Raises
    ValueError that says what is wrong and repeats nothing that may be secret.
    """
    try:
        parts = urlsplit(url)
    except ValueError:
        raise ValueError(FORM) from None
    options = dict(parse_qsl(parts.query, keep_blank_values=True))
    if "@" in parts.netloc:
        raise ValueError("holds credentials; set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY instead")
    if parts.scheme != "s3" or not re.fullmatch(r"[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]", parts.netloc):
        raise ValueError(FORM)
    if unknown := set(options) - {"endpoint", "region"}:
        raise ValueError(f"has options that mean nothing here ({', '.join(sorted(unknown))}); {FORM}")
    if find_spec("storages") is None or find_spec("boto3") is None:
        raise ValueError("needs what speaks S3: pip install 'kulanz[s3]'")
    return {
        "BACKEND": "storages.backends.s3.S3Storage",
        "OPTIONS": _options(parts.netloc, parts.path, options),
    }


def _options(bucket: str, path: str, options: dict[str, str]) -> dict[str, Any]:
    """Files are overwritten as in a folder, private, and given out by the console alone, never by address."""
    from botocore.config import Config

    endpoint = options.get("endpoint")
    if endpoint and not re.fullmatch(r"https?://[\w.:\[\]-]+/?", endpoint):
        raise ValueError(f"has an endpoint that is no address; {FORM}")
    return {
        "bucket_name": bucket,
        "location": path.strip("/"),
        "endpoint_url": endpoint,
        "region_name": options.get("region"),
        "file_overwrite": True,
        "default_acl": None,
        "client_config": Config(
            connect_timeout=_TIMEOUT_S,
            read_timeout=_TIMEOUT_S,
            retries={"max_attempts": 2},
            s3={"addressing_style": "path" if endpoint else "auto"},
        ),
    }
