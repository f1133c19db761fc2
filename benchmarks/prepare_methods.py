"""Ways to get from a file to the body of a request. `prepare` runs `python -m benchmarks.prepare_methods METHOD` for each.

A line on stdin is a job, `{"source", "folder"}`; for each there is a line on stdout: `{"ms", "first_request_ms", "base64_bytes"}`. The first
line of stdout, `{}`, says that the process is ready.
"""

from __future__ import annotations

import asyncio
import base64
import io
import json
import subprocess
import sys
import tempfile
import time
import wave
from contextlib import asynccontextmanager
from functools import partial
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Awaitable, Callable

    Prepare = Callable[[Path, Path, Callable[[], None]], Awaitable[int]]
    """Makes the request for a source file, with a folder for temporary files; returns how many bytes of it are base64. If it
    sends requests before it is done, it calls the function at the first byte of the first."""

NEEDING_FFMPEG = ("pydub-wav", "pydub-mp3", "ffmpeg-wav", "ffmpeg-mp3")
METHODS = ("earshot", "pyav", *NEEDING_FFMPEG)

_RATE = 16_000
_FFMPEG = ("ffmpeg", "-v", "error", "-y")


@asynccontextmanager
async def opened(method: str) -> AsyncGenerator[Prepare]:
    """Load a method; gives the function that prepares a file with it."""
    # Imported only here, so that what one method loads does not count as another's memory.
    if method == "earshot":
        from benchmarks import prepare_earshot  # noqa: PLC0415

        async with prepare_earshot.opened() as prepare:
            yield prepare
    elif method == "pyav":
        yield _in_a_thread(_pyav())
    elif method in {"pydub-wav", "pydub-mp3"}:
        yield _in_a_thread(_pydub(method.removeprefix("pydub-")))
    else:
        yield _in_a_thread(partial(_ffmpeg, method.removeprefix("ffmpeg-")))


def _in_a_thread(prepare: Callable[[Path, Path], int]) -> Prepare:
    return lambda source, folder, _: asyncio.to_thread(prepare, source, folder)


def _pyav() -> Callable[[Path, Path], int]:
    """The least that PyAV needs to make 16 kHz mono WAV, in this process: no protection against hostile files."""
    import av  # noqa: PLC0415

    def prepare(source: Path, _: Path) -> int:
        file = io.BytesIO()
        with av.open(source, "r") as container, wave.open(file, "wb") as writer:
            writer.setparams((1, 2, _RATE, 0, "NONE", ""))
            resampler = av.AudioResampler(format="s16", layout="mono", rate=_RATE)
            for frame in chain(container.decode(container.streams.audio[0]), (None,)):
                for piece in resampler.resample(frame):
                    writer.writeframesraw(bytes(piece.planes[0])[: piece.samples * 2])
        return _request(file.getvalue(), "wav")

    return prepare


def _pydub(form: str) -> Callable[[Path, Path], int]:
    """pydub, used as in its first example."""
    from pydub import AudioSegment  # noqa: PLC0415

    segment: Any = AudioSegment

    def prepare(source: Path, folder: Path) -> int:
        target = folder / f"audio.{form}"
        segment.from_file(source).export(target, format=form).close()
        return _request(target.read_bytes(), form)

    return prepare


def _ffmpeg(form: str, source: Path, folder: Path) -> int:
    """The command `ffmpeg`, to 16 kHz mono as speech models take it; MP3 at the bit rate the bot uses."""
    target = folder / f"audio.{form}"
    more = ("-b:a", "32k") if form == "mp3" else ()
    subprocess.run(  # noqa: S603 - no part of it comes from outside
        (*_FFMPEG, "-i", source, "-vn", "-ac", "1", "-ar", str(_RATE), *more, target),
        check=True,
        stdin=subprocess.DEVNULL,
    )
    return _request(target.read_bytes(), form)


def _request(audio: bytes, form: str) -> int:
    """Make the whole body in memory, as a client library does; returns how many bytes of it are base64."""
    data = base64.b64encode(audio).decode()
    content = [
        {"type": "text", "text": "Please transcribe this audio file."},
        {"type": "input_audio", "input_audio": {"data": data, "format": form}},
    ]
    body = json.dumps(
        {"model": "m", "messages": [{"role": "user", "content": content}], "stream": True}
    ).encode()
    assert len(body) > len(data)  # noqa: S101 - so that the body is really made
    return len(data)


async def serve(method: str) -> None:
    """Do the jobs that come on stdin, until that ends."""
    async with opened(method) as prepare:
        _tell({})
        while line := await asyncio.to_thread(sys.stdin.readline):
            job = json.loads(line)
            with tempfile.TemporaryDirectory(dir=job["folder"]) as folder:
                began, first = time.perf_counter(), list[float]()

                def sending(first: list[float] = first) -> None:
                    first.append(time.perf_counter())

                length = await prepare(Path(job["source"]), Path(folder), sending)
                ended = time.perf_counter()
                _tell(
                    {
                        "ms": (ended - began) * 1000,
                        "first_request_ms": (first[0] - began) * 1000 if first else None,
                        "base64_bytes": length,
                    }
                )


def _tell(value: dict[str, float | None]) -> None:
    sys.stdout.write(f"{json.dumps(value)}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    asyncio.run(serve(sys.argv[1]))
