"""A file on its way through a decoder process: its parts, each as soon as it is ready."""

from __future__ import annotations

import asyncio
import contextlib
import os
from pathlib import Path
from typing import TYPE_CHECKING, Self

from pydantic import TypeAdapter, ValidationError

from bot import decoder
from bot.audio.scratch import on_disk
from bot.models import Audio, Unheard

if TYPE_CHECKING:
    from collections.abc import Generator

_TOLD = TypeAdapter(decoder.Told)
_READ_AT_ONCE = 1 << 16


class Preparation:
    """The parts of a file, in order: an asynchronous iterator, which raises what is wrong with the file.

    Args:
        folder: where the parts lie.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._parts: list[Audio] = []
        self._given = 0
        self._result: asyncio.Future[decoder.Fit] | None = None
        self._changed = asyncio.Event()
        self._unread = b""
        self.seconds = 0.0
        """How long the note is, as far as that is known: it is told by the file, or at least as much was decoded."""
        self.rest: Unheard | None = None
        """Why the rest of the file was not read, where the note goes on after that."""

    @property
    def ended(self) -> bool:
        """Whether all parts are known."""
        return self._result is not None

    @property
    def several(self) -> bool:
        """Whether the note is too long for one part. Of one that is not, nothing comes before it is known as a whole."""
        return not self.ended or any(part.seconds < self.seconds for part in self._parts)

    def __aiter__(self) -> Self:
        return self

    async def __anext__(self) -> Audio:
        while self._given == len(self._parts):
            if self._result is not None:
                self._result.result()
                raise StopAsyncIteration
            self._changed.clear()
            await self._changed.wait()
        self._given += 1
        return self._parts[self._given - 1]

    @contextlib.contextmanager
    def listening(self) -> Generator[Path]:
        """A context in which a named pipe, whose path it gives, is read: a process tells of each part there (`decoder.Told`).

        Raises:
            DiskFailed: there can be none.
        """
        path = self._folder / "told"
        loop = asyncio.get_running_loop()
        with contextlib.ExitStack() as stack:
            with on_disk("there can be no named pipe"):
                os.mkfifo(path, 0o600)
                stack.callback(path.unlink, missing_ok=True)
                # Also for writing: it then has no end that has to be waited for, or told from a beginning.
                pipe = os.open(path, os.O_RDWR | os.O_NONBLOCK | os.O_CLOEXEC)
                stack.callback(os.close, pipe)
                loop.add_reader(pipe, self._read, pipe)
            stack.callback(loop.remove_reader, pipe)
            yield path

    def end(self, result: asyncio.Future[decoder.Fit]) -> None:
        """The process is done with the file, for better or worse."""
        self._result = result
        self._changed.set()
        if result.cancelled() or result.exception() is not None:
            return
        fit = result.result()
        self.seconds = fit.seconds
        if fit.cut_short is not None:
            self.rest = Unheard.SILENT if fit.cut_short is decoder.Verdict.SILENT else Unheard.UNREADABLE
        self._parts += [
            _audio(part, fit.format, transcoded=fit.transcoded) for part in fit.parts if self._is_new(part)
        ]

    def _read(self, pipe: int) -> None:
        with contextlib.suppress(BlockingIOError):
            *lines, self._unread = (self._unread + os.read(pipe, _READ_AT_ONCE)).split(b"\n")
            # A line is written at once, and short.
            self._unread = self._unread[-_READ_AT_ONCE:]
            for line in lines:
                # Who decodes strangers' files is not trusted to tell the truth, nor anything that can be read.
                with contextlib.suppress(ValidationError):
                    self._hear(_TOLD.validate_json(line))

    def _hear(self, told: decoder.Told) -> None:
        if self.ended or not self._is_new(told.part) or Path(told.part.path).parent != self._folder:
            return
        self._parts.append(_audio(told.part, told.format, transcoded=True))
        self.seconds = max(self.seconds, told.known_seconds)
        self._changed.set()

    def _is_new(self, part: decoder.Part) -> bool:
        """Whether a part is behind all that are known.

        A process that died while it was idle may have been replaced: then it is all told a second time. Parts are told apart by
        where they begin, which is the same each time. Where one ends is no measure: to a beginning its length is added, and that
        sum of binary fractions may lie behind the beginning of the next.
        """
        return not self._parts or part.start > self._parts[-1].start


def _audio(part: decoder.Part, form: str, *, transcoded: bool) -> Audio:
    return Audio(
        path=Path(part.path),
        format=form,
        start=part.start,
        seconds=part.seconds,
        bytes=part.bytes,
        transcoded=transcoded,
    )
