"""The recogniser's fixtures: the model is loaded once for all tests."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from recogniser.model import Recogniser

if TYPE_CHECKING:
    from collections.abc import Iterator

    from recogniser.sound import Sound

_HEARD: pytest.StashKey[dict[bytes, list[str]]] = pytest.StashKey()
"""What the model says of a sound, piece by piece."""


@pytest.fixture(scope="session")
def recogniser() -> Iterator[Recogniser]:
    """A loaded model."""
    recogniser = Recogniser()
    yield recogniser
    recogniser.close()


@pytest.fixture
def hears_once(
    recogniser: Recogniser, pytestconfig: pytest.Config, monkeypatch: pytest.MonkeyPatch
) -> Recogniser:
    """The same, for tests of what is made of its words: a sound that it has heard to the end takes it no time any more.

    It says the same of it each time, in some seconds of CPU.
    """
    heard = pytestconfig.stash.setdefault(_HEARD, {})
    transcribe = recogniser.transcribe

    def transcribe_once(sound: Sound) -> Iterator[str]:
        if sound.pcm not in heard:
            pieces: list[str] = []
            for piece in transcribe(sound):
                pieces.append(piece)
                yield piece
            heard[sound.pcm] = pieces
        else:
            yield from heard[sound.pcm]

    monkeypatch.setattr(recogniser, "transcribe", transcribe_once)
    return recogniser
