"""The parts of a note as it is decoded: cut where they end, and told of while more is to come."""

from __future__ import annotations

import json
import os
from dataclasses import asdict
from typing import TYPE_CHECKING

from bot.decoder import mixing
from bot.decoder.jobs import Part, Told
from bot.decoder.mixing import MOMENTS_A_SECOND

if TYPE_CHECKING:
    from pathlib import Path

    from bot.decoder.cutting import Cutter
    from bot.decoder.reading import Sound
    from bot.decoder.writing import Mp3, Wav


class Parting:
    """Cuts parts from the front of a file that is being written.

    Args:
        whole: takes the sound.
        cutter: finds where to cut; None: not at all.
        announced: how long the note says it is, in seconds, if it does.
        told: the named pipe in which it is told of each part.
    """

    def __init__(
        self, whole: Wav | Mp3, cutter: Cutter | None, announced: float | None, told: str | None
    ) -> None:
        self._whole = whole
        self._cutter = cutter
        self._announced = announced or 0.0
        self._told = told
        self._start = 0.0
        self.parts: list[Part] = []
        """Those in which there may be a voice, so far."""

    def cut(self, sound: Sound, *, ended: bool = False) -> None:
        """Cut what can be cut of what came so far."""
        while self._cutter is not None:
            end = self._cutter.next(sound.levels, sound.seconds, ended=ended)
            if end is None:
                return
            if (part := self._taken(self._whole.cut(end), end, sound)) is not None:
                self._tell(part, sound)

    def end(self, sound: Sound) -> None:
        """There is no more sound; what remains is one part, once its file is closed (`rest`)."""
        self._whole.end()
        self.cut(sound, ended=True)

    def rest(self, sound: Sound) -> None:
        """Take the last part."""
        self._taken(self._whole.rest(), sound.seconds, sound)

    def _taken(self, path: Path, end: float, sound: Sound) -> Part | None:
        start, self._start = self._start, end
        moments = slice(int(start * MOMENTS_A_SECOND), round(end * MOMENTS_A_SECOND))
        # Of a note in one piece all counts: where a file changes on its way, there are more moments than tenths.
        if not mixing.audible(sound.levels[moments] if self._cutter and self._cutter.start else sound.levels):
            path.unlink()
            return None
        part = Part(path=str(path), start=start, seconds=end - start, bytes=path.stat().st_size)
        self.parts.append(part)
        return part

    def _tell(self, part: Part, sound: Sound) -> None:
        if self._told is None:
            return
        told = Told(part=part, format=self._whole.format, known_seconds=max(self._announced, sound.seconds))
        try:
            pipe = os.open(self._told, os.O_WRONLY | os.O_NONBLOCK)
            try:
                os.write(pipe, f"{json.dumps(asdict(told))}\n".encode())
            finally:
                os.close(pipe)
        except OSError:
            # Who does not hear of this one hears of none behind it before the end: they are taken in order.
            self._told = None
