"""A file on disk, made fit for the completion API by decoder processes: jobs go out, verdicts become errors."""

from __future__ import annotations

import asyncio
import errno
import functools
import os
import tempfile
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Self, assert_never

import structlog

from bot import decoder, errors
from bot.audio.pool import Pool
from bot.audio.preparation import Preparation
from bot.audio.scratch import on_disk
from bot.decoder import confining

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Callable
    from pathlib import Path
    from types import TracebackType

    from bot.models import Audio
    from bot.settings import Settings

log = structlog.get_logger("earshot.decoders")

_SPARE_BYTES = 10_000_000
"""What a process may write to one file, beyond a WAV of the longest recording."""
_CONFINED = {errno.EFBIG, errno.EPERM, errno.EACCES}
"""What a process meets at a limit that is its own (`decoder.confining`), however much room there is: it would meet it again."""
_BASE64 = 3 / 4
_REQUEST_OVERHEAD = 32_768
"""Bytes of a request that are not audio: the prompt and the JSON around it, generously."""


class Decoders:
    """A few processes that decode, each under a limit of time and memory. One that dies costs one file.

    Args:
        formats: what the endpoint takes, as it names them.
        max_request_bytes: the largest request, base64 included.
        max_seconds: the longest recording.
        part_seconds: the longest part of one that is sent at once.
        processes: how many work at once.
        seconds: time limit for one file.
        memory_mb: memory limit for one process.
    """

    def __init__(
        self,
        *,
        formats: tuple[str, ...],
        max_request_bytes: int,
        max_seconds: float,
        processes: int,
        seconds: float,
        memory_mb: int,
        part_seconds: float = 900.0,
    ) -> None:
        self._formats = formats
        self._budget = int((max_request_bytes - _REQUEST_OVERHEAD) * _BASE64)
        self._max_seconds = max_seconds
        self._part_seconds = part_seconds
        self._pool = Pool(
            processes=processes,
            seconds=seconds,
            # FFmpeg above all, which takes a moment to load. What is loaded before the fork is in memory once.
            preload=("bot.decoder.preparing", "bot.decoder.confining", "pebble"),
            initializer=functools.partial(
                confining.confine,
                memory=memory_mb * 1_000_000,
                most_file_bytes=int(max_seconds * decoder.WAV_BYTES_A_SECOND) + _SPARE_BYTES,
                folder=os.path.realpath(tempfile.gettempdir()),
                hidden=("/proc", os.path.realpath(".env")),
            ),
        )

    @classmethod
    def configured(cls, settings: Settings) -> Self:
        """As the settings ask for."""
        return cls(
            formats=settings.audio_formats,
            max_request_bytes=int(settings.max_request_mb * 1e6),
            max_seconds=settings.max_minutes * 60,
            processes=settings.decoders,
            seconds=settings.decode_seconds,
            memory_mb=settings.decode_memory_mb,
            part_seconds=settings.part_minutes * 60,
        )

    async def __aenter__(self) -> Self:
        # The first note should not wait for the first process.
        if missing := await self._pool.call(confining.missing):
            log.warning("this system confines decoders less than others do", without=missing)
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._pool.close()

    @property
    def alive(self) -> bool:
        """Whether there are processes that take files."""
        return self._pool.alive

    async def prepare(self, source: Path, folder: Path) -> tuple[Audio, ...]:
        """All parts of `source` at once. Otherwise as `preparing`."""
        async with self.preparing(source, folder) as preparation:
            return tuple([part async for part in preparation])

    @asynccontextmanager
    async def preparing(
        self, source: Path, folder: Path, *, most_bytes: int | None = None
    ) -> AsyncGenerator[Preparation]:
        """A context in which `source` is made fit to be sent. Whoever leaves it early ends the work.

        Args:
            source: the file as it was downloaded.
            folder: where files made on the way lie; nothing else is in it.
            most_bytes: of audio in one part, where the usual was too many.

        Raises:
            DiskFailed: nothing can be written in `folder`; also while parts are awaited.
            Refused: while parts are awaited; by what the bytes are: NotAudio, FormatNotRead, Encrypted, EmptyFile,
                NoSound, NoSpeech, Damaged, TooManyChannels, RateTooHigh or TooLong.
            DecoderFailed: likewise: the process died or met a limit of its own.
        """
        budget = min(self._budget, most_bytes or self._budget)
        preparation = Preparation(folder)
        with preparation.listening() as told:
            job = decoder.Job(
                source=str(source),
                target_folder=str(folder),
                formats=self._formats,
                budget=budget,
                most_seconds=self._max_seconds,
                part_seconds=self._part_seconds,
                told=str(told),
            )
            call = asyncio.create_task(self._result(decoder.prepare, job))
            call.add_done_callback(preparation.end)
            try:
                yield preparation
            finally:
                call.cancel()
                await asyncio.wait([call])

    async def _result(
        self, prepare: Callable[[decoder.Job], decoder.Fit | decoder.Unfit], job: decoder.Job
    ) -> decoder.Fit:
        with on_disk("a decoder can't write"):
            try:
                result = await self._pool.call(prepare, job)
            except OSError as error:
                if error.errno in _CONFINED:
                    raise errors.DecoderFailed(f"{error.strerror} in a decoder process") from error
                raise
        if isinstance(result, decoder.Fit):
            return result
        raise self._refusal(result, job.budget)

    def _refusal(self, unfit: decoder.Unfit, budget: int) -> errors.Refused:  # noqa: C901, PLR0911 - one a verdict
        match unfit.verdict:
            case decoder.Verdict.EMPTY:
                return errors.EmptyFile()
            case decoder.Verdict.NOT_AUDIO:
                return errors.NotAudio()
            case decoder.Verdict.UNSUPPORTED:
                return errors.FormatNotRead()
            case decoder.Verdict.ENCRYPTED:
                return errors.Encrypted()
            case decoder.Verdict.NO_SOUND:
                return errors.NoSound()
            case decoder.Verdict.SILENT:
                return errors.NoSpeech()
            case decoder.Verdict.DAMAGED:
                return errors.Damaged()
            case decoder.Verdict.CHANNELS:
                return errors.TooManyChannels(limit=decoder.MOST_CHANNELS, channels=unfit.found)
            case decoder.Verdict.RATE:
                return errors.RateTooHigh(limit=decoder.MOST_RATE, rate=unfit.found)
            case decoder.Verdict.TOO_LONG:
                return errors.TooLong(limit=self._max_seconds, seconds=unfit.seconds)
            case decoder.Verdict.OVER_BUDGET:
                limit = decoder.most_seconds_in(budget, self._formats)
                return errors.TooLong(limit=limit, seconds=unfit.seconds)
            case _:
                assert_never(unfit.verdict)
