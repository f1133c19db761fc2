"""A file on disk, made fit for the completion API by decoder processes."""

from __future__ import annotations

import asyncio
import concurrent.futures
import contextlib
import functools
import multiprocessing
import os
import re
import tempfile
from concurrent.futures.process import BrokenProcessPool
from multiprocessing import forkserver
from pathlib import Path
from typing import TYPE_CHECKING, Any, ParamSpec, Self, TypeVar, assert_never

import structlog
from pebble import ProcessExpired, ProcessPool

from bot import decoder, errors
from bot.decoder import confining
from bot.models import Audio

if TYPE_CHECKING:
    from collections.abc import Callable
    from types import TracebackType

    from bot.settings import Settings

P = ParamSpec("P")
T = TypeVar("T")

log = structlog.get_logger("earshot.decoders")

# Files decoded before a decoder process is replaced, so that what FFmpeg leaks never adds up.
_FILES_A_PROCESS = 50
_CLOSING_SECONDS = 2.0
_SPARE_BYTES = 10_000_000
_LONGEST_FOLDER = 60
"""Bytes, not letters."""
# What a Python process may need of its surroundings; the rest may be secret.
_HARMLESS = re.compile(
    r"PATH|HOME|LANG|LC_\w+|TZ|TMPDIR|TEMP|TMP|PYTHON\w*|VIRTUAL_ENV|LD_LIBRARY_PATH|COVERAGE\w*"
)
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
        self._seconds = seconds
        self._processes = processes
        self._memory_mb = memory_mb
        self._waited_for: set[concurrent.futures.Future[Any]] = set()
        self._closing = False
        self._pool = self._new_pool()

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
        if missing := await self._in_a_process(confining.missing):
            log.warning("this system confines decoders less than others do", without=missing)
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        # In order first: a process that is only just starting complains when its pool vanishes.
        self._closing = True
        self._pool.close()
        try:
            await asyncio.to_thread(self._pool.join, _CLOSING_SECONDS)
        except TimeoutError:
            self._pool.stop()
            await asyncio.to_thread(self._pool.join)
        for future in list(self._waited_for):
            # A pool that is stopped forgets, at times, to say so to those who wait.
            with contextlib.suppress(concurrent.futures.InvalidStateError):
                future.set_exception(ProcessExpired("stopped"))

    async def prepare(
        self, source: Path, folder: Path, *, most_bytes: int | None = None
    ) -> tuple[Audio, ...]:
        """`source`, made fit to be sent: the parts of it in order. Files made on the way lie in `folder`.

        Args:
            source: the file as it was downloaded.
            folder: where a transcoded file goes.
            most_bytes: of audio in one part, where the usual was too many.

        Raises:
            Refused: NotAudio, EmptyFile, NoSound, NoSpeech, Damaged or TooLong, by what the bytes are.
            DecoderFailed: the process died or met its time or memory limit.
        """
        budget = min(self._budget, most_bytes or self._budget)
        job = decoder.Job(
            source=str(source),
            target_folder=str(folder),
            formats=self._formats,
            budget=budget,
            most_seconds=self._max_seconds,
            part_seconds=self._part_seconds,
        )
        result = await self._in_a_process(decoder.prepare, job)
        if isinstance(result, decoder.Fit):
            return tuple(
                Audio(
                    path=Path(part.path),
                    format=result.format,
                    start=part.start,
                    seconds=part.seconds,
                    bytes=part.bytes,
                    transcoded=result.transcoded,
                )
                for part in result.parts
            )
        raise self._refusal(result, budget)

    def _refusal(self, unfit: decoder.Unfit, budget: int) -> errors.Refused:  # noqa: PLR0911 - one a verdict
        match unfit.verdict:
            case decoder.Verdict.EMPTY:
                return errors.EmptyFile()
            case decoder.Verdict.NOT_AUDIO:
                return errors.NotAudio()
            case decoder.Verdict.NO_SOUND:
                return errors.NoSound()
            case decoder.Verdict.SILENT:
                return errors.NoSpeech()
            case decoder.Verdict.DAMAGED:
                return errors.Damaged()
            case decoder.Verdict.TOO_LONG:
                return errors.TooLong(limit=self._max_seconds, seconds=unfit.seconds)
            case decoder.Verdict.OVER_BUDGET:
                limit = decoder.most_seconds_in(budget, self._formats)
                return errors.TooLong(limit=limit, seconds=unfit.seconds)
            case _:
                assert_never(unfit.verdict)

    def _new_pool(self) -> ProcessPool:
        # FFmpeg is loaded once, in the server; a fresh decoder is then a fork of some milliseconds.
        context = multiprocessing.get_context("forkserver")
        context.set_forkserver_preload(["bot.decoder", "bot.decoder.confining"])
        _start_without_secrets()
        return ProcessPool(
            max_workers=self._processes,
            max_tasks=_FILES_A_PROCESS,
            initializer=functools.partial(
                confining.confine,
                memory=self._memory_mb * 1_000_000,
                most_file_bytes=int(self._max_seconds * decoder.WAV_BYTES_A_SECOND) + _SPARE_BYTES,
                folder=os.path.realpath(tempfile.gettempdir()),
                hidden=("/proc", os.path.realpath(".env")),
            ),
            context=context,  # pyright: ignore[reportArgumentType] - pebble's Protocol is narrower than it needs
        )

    async def _in_a_process(self, function: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        try:
            return await self._scheduled(function, *args, **kwargs)
        except BrokenProcessPool:
            # A process that is killed while it has nothing to do takes pebble's whole pool with it: no file's fault.
            await self._renew()
        except (TimeoutError, ProcessExpired, MemoryError) as error:
            raise _failed(error) from error
        try:
            return await self._scheduled(function, *args, **kwargs)
        except (TimeoutError, ProcessExpired, BrokenProcessPool, MemoryError) as error:
            raise _failed(error) from error

    async def _scheduled(self, function: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        try:
            future = self._pool.schedule(function, args, kwargs, timeout=self._seconds)
        except RuntimeError as error:
            # It broke, or was closed, since it was last looked at.
            raise BrokenProcessPool from error
        self._waited_for.add(future)
        future.add_done_callback(self._waited_for.discard)
        # Cancelling this wait ends the process too: nobody is left to read its answer.
        return await asyncio.wrap_future(future)

    async def _renew(self) -> None:
        broken = self._pool
        if self._closing or broken.active:
            return
        self._pool = self._new_pool()
        await asyncio.to_thread(broken.join)


def _failed(error: BaseException) -> errors.DecoderFailed:
    return errors.DecoderFailed(f"{type(error).__name__} in a decoder process")


def _start_without_secrets() -> None:
    """Start the server decoders are forked from, without the token and the keys in its environment."""
    hidden = {name: os.environ.pop(name) for name in list(os.environ) if not _HARMLESS.fullmatch(name)}
    usual = tempfile.gettempdir()
    if len(os.fsencode(usual)) > _LONGEST_FOLDER:
        # Its socket lies there, and a socket's name has no more than some hundred bytes.
        tempfile.tempdir = "/tmp"  # noqa: S108 - multiprocessing makes a folder of its own in it
    try:
        forkserver.ensure_running()
    finally:
        tempfile.tempdir = usual
        os.environ.update(hidden)
