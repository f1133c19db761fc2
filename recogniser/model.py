"""The speech model, which transcribes one recording at a time in a thread, so that the event loop is not blocked."""

from __future__ import annotations

import asyncio
import os
import threading
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Self

from recogniser.weights import UnavailableError, model_dir

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Iterator
    from pathlib import Path
    from types import TracebackType

    from recogniser.sound import Sound
    from recogniser.whisper import Whisper

NAME = "whisper-base"

_FULL_SCALE = 32768.0


class Recogniser:
    """Whisper on the CPU. Loading it takes about a second and 300 MB; it transcribes one recording at a time.

    Close it, or use it as an async context manager. Its thread ends only after the window of sound it is working on (half
    a minute at most), which takes some seconds; the interpreter waits for that before it exits.
    """

    def __init__(self, directory: Path | None = None) -> None:
        """Load the model in `directory` (found by `model_dir` if not given). Raises `UnavailableError`."""
        self._model = _load(directory or model_dir())
        self._worker = ThreadPoolExecutor(max_workers=1, thread_name_prefix="recogniser")
        self._closing = threading.Event()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Cancel what waits, and stop what is being transcribed after its window. Returns at once."""
        self._closing.set()
        self._worker.shutdown(wait=False, cancel_futures=True)

    def transcribe(self, sound: Sound) -> Iterator[str]:
        """Yield the words of `sound`, about a sentence at a time, and nothing for silence. Blocks; any language.

        The pieces joined with nothing between them are the text.
        """
        import numpy as np  # noqa: PLC0415  (of the extra `local`, as faster-whisper is)

        samples = np.frombuffer(sound.pcm, dtype="<i2").astype(np.float32) / _FULL_SCALE
        # Whisper invents words where nobody speaks, so silence is cut out first (`vad_filter`). Each window is
        # transcribed without the text before it, so that one misheard window does not mislead the next.
        segments, _ = self._model.transcribe(samples, vad_filter=True, condition_on_previous_text=False)
        first = True
        for segment in segments:
            if piece := segment.text.lstrip() if first else segment.text:
                first = False
                yield piece

    async def listen(self, sound: Sound) -> AsyncGenerator[str, None]:
        """Yield what `transcribe` does, without blocking: it runs in the thread, after those who asked before.

        Closing the iterator early stops the work at the next piece.
        """
        heard: asyncio.Queue[str | Exception | None] = asyncio.Queue()
        loop = asyncio.get_running_loop()
        unwanted = threading.Event()

        def tell(item: str | Exception | None) -> None:
            if not unwanted.is_set():
                loop.call_soon_threadsafe(heard.put_nowait, item)

        def work() -> None:
            try:
                # Nobody may want it any more; then spare the detection of the language, which takes a while.
                if not unwanted.is_set():
                    for piece in self.transcribe(sound):
                        tell(piece)
                        if unwanted.is_set() or self._closing.is_set():
                            break
                tell(None)
            except Exception as error:  # noqa: BLE001  (raised again where the pieces are read)
                tell(error)

        self._worker.submit(work)
        try:
            while (item := await heard.get()) is not None:
                if isinstance(item, Exception):
                    raise item
                yield item
        finally:
            unwanted.set()


def _load(directory: Path) -> Whisper:
    # All files are on the disk: keep both libraries from asking the network.
    os.environ["HF_HUB_OFFLINE"] = "1"
    os.environ["ORT_DISABLE_TELEMETRY"] = "1"
    try:
        from recogniser.whisper import Whisper  # noqa: PLC0415  (heavy, and of the extra `local`)
    except ImportError as error:
        raise UnavailableError(
            f"Speech recognition on this machine is not installed ({error.name}): "
            "pip install -r requirements-local.txt"
        ) from error
    try:
        return Whisper(str(directory), device="cpu", compute_type="int8")
    except (RuntimeError, ValueError, OSError) as error:
        raise UnavailableError(f"The speech model in {directory} cannot be loaded: {error}") from error
