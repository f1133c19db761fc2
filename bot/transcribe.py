"""`python -m bot transcribe`: hears files on disk, without Discord."""

from __future__ import annotations

import asyncio
import dataclasses
import json
import stat
from contextlib import AsyncExitStack
from pathlib import Path
from typing import TYPE_CHECKING, Any

import structlog

from bot import connections, errors, reply
from bot.audio import Decoders, scratch
from bot.completion import Asker, Completion
from bot.local import recogniser
from bot.notes import Hearing
from bot.terminal import answer, remark

if TYPE_CHECKING:
    from collections.abc import Sequence

    from bot.budgets import Paid
    from bot.models import Heard
    from bot.settings import Settings

log = structlog.get_logger("earshot.transcribe")


async def transcribe(
    settings: Settings, files: Sequence[str], *, prompt: str, local: bool, as_json: bool
) -> int:
    """Hear each of `files` and print the answers; the exit status: 1 if any file failed, else 0.

    Raises:
        RecogniserError: with `local`, if it does not start.
        OutputLostError: there is nobody to print for.
    """
    failed = False
    async with AsyncExitStack() as stack:
        session = await stack.enter_async_context(connections.session(settings.proxies))
        decoders = await stack.enter_async_context(Decoders.configured(settings))
        folder = stack.enter_context(scratch())
        heard_by = await stack.enter_async_context(recogniser(settings)) if local else settings
        hearing = Hearing(
            decoders=decoders, completion=Completion(session=session, settings=heard_by), folder=folder
        )
        for file in files:
            remark(f"{file}: hearing it …")
            try:
                heard = await _hear(hearing, Path(file), prompt, settings)
            except errors.EarshotError as error:
                failed = True
                _tell_failure(file, error, as_json=as_json)
            except Exception as error:
                # One file's accident is not the others'.
                failed = True
                log.debug("unexpected", exc_info=error)
                _tell_failure(file, InternalError(f"{type(error).__name__}: {error}"), as_json=as_json)
            else:
                _tell(file, heard, as_json=as_json, several=len(files) > 1)
    return int(failed)


class _Unmetered:
    """What the operator has heard on the command line is theirs: no budget holds for it, and it is not counted."""

    async def about_to_send(self, seconds: float) -> None:
        """All may be sent."""

    async def about_to_ask(self) -> None:
        """Nobody else is at it."""

    def paid(self, paid: Paid) -> None:
        """Not counted."""


class Unreadable(errors.Refused):
    """The file cannot be opened. `sentence` says why."""

    def __init__(self, sentence: str) -> None:
        super().__init__(sentence)
        self.sentence = sentence


class InternalError(errors.Fault):
    """An error that nobody has foreseen."""


async def _hear(hearing: Hearing, file: Path, prompt: str, settings: Settings) -> Heard:
    began = hearing.now
    try:
        size = await asyncio.to_thread(_size, file)
    except OSError as error:
        raise Unreadable(f"This file can't be opened: {error.strerror or type(error).__name__}.") from error
    most = int(settings.max_file_mb * 1e6)
    if size > most:
        raise errors.TooLarge(limit=most, size=size)
    return await hearing.hear(
        file,
        prompt,
        asker=Asker(),
        words=reply.ENGLISH,
        on_text=lambda _: None,
        began=began,
        meter=_Unmetered(),
    )


def _size(file: Path) -> int:
    found = file.stat()
    if not stat.S_ISREG(found.st_mode):
        # Opening one could wait for ever, and it has no size.
        raise Unreadable("This is not a regular file.")
    with file.open("rb"):
        return found.st_size


def _tell(file: str, heard: Heard, *, as_json: bool, several: bool) -> None:
    if not as_json:
        answer(f"{file}:\n{heard.answer.text.strip()}\n" if several else heard.answer.text.strip())
        for said in reply.what_is_missing(heard.answer, reply.ENGLISH):
            remark(f"{file}: {said}")
        return
    _print_json(
        {
            "file": file,
            "text": heard.answer.text.strip(),
            "ending": heard.answer.ending.name.lower(),
            "only_first": heard.answer.only_first,
            "model": heard.answer.model,
            "audio": {
                "format": heard.parts[0].format,
                "seconds": round(heard.seconds, 3),
                "bytes": sum(part.bytes for part in heard.parts),
                "transcoded": heard.parts[0].transcoded,
                "parts": len(heard.parts),
            },
            "usage": dataclasses.asdict(heard.answer.usage) if heard.answer.usage else None,
            "timings": {
                name: None if seconds is None else round(seconds, 3)
                for name, seconds in dataclasses.asdict(heard.timings).items()
            },
        }
    )


def _tell_failure(file: str, error: errors.EarshotError, *, as_json: bool) -> None:
    if isinstance(error, Unreadable):
        message = error.sentence
    else:
        message = reply.sentence(error, reply.ENGLISH)
        if isinstance(error, errors.Fault | errors.DiskFailed):
            # Here the operator is the one who asks.
            message = f"{message} ({error})"
        elif isinstance(error.__cause__, connections.ProxyFailedError):
            message = f"{message} ({error.__cause__})"
    if as_json:
        _print_json({"file": file, "error": {"kind": error.kind, "message": message}})
    else:
        remark(f"{file}: {message}")


def _print_json(value: dict[str, Any]) -> None:
    # In ASCII, so that it stays JSON in whatever encoding it is printed.
    answer(json.dumps(value))
