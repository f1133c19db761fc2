"""The demo: the real bot between the two stand-ins, with real speech recognition, all on this machine."""

from __future__ import annotations

import asyncio
import os
import tempfile
import threading
from pathlib import Path
from typing import TYPE_CHECKING

from sandbox import voice
from sandbox.bot_process import BotProcess
from sandbox.scene import NoAnswerError, Scene, opened_scene, opened_scene_with
from sandbox.voice import NotAudioError, Voice

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Mapping, Sequence

    from sandbox.screen import Screen

_STDIN = 0
_READY_WITHIN = 60.0
_HINT = "Type the path of an audio file to post it, or anything else to write in the thread. Ctrl-C ends."


async def demonstrate(
    screen: Screen,
    voices: Sequence[tuple[str, Voice]],
    *,
    once: bool,
    endpoint: Mapping[str, str] | None = None,
    record: Path | None = None,
) -> None:
    """Post each voice message (given with its file's name) and show what the bot does; then do what is typed, unless `once`.

    With `endpoint`, the bot's settings for a real completion API, that one answers.

    Raises `NoAnswerError`, `EndedError` if the bot dies, `UnavailableError` without a speech model.
    """
    if endpoint is None:
        screen.note(
            "Discord and the completion API are stand-ins on this machine. The bot is real, and so is"
        )
        screen.note("the speech recognition (Whisper base); it transcribes, whatever the prompt asks for.")
    else:
        screen.note(
            "Discord is a stand-in on this machine. The bot is real, and so is the completion API of your"
        )
        screen.note("key: what is posted is sent there.")
    with tempfile.TemporaryDirectory(prefix="earshot-demo-") as folder:
        async with opened_scene_with(endpoint, record) if endpoint else opened_scene(record) as scene:
            if not once:
                screen.note(_address(scene))
            # After Ctrl-C nobody wants to wait for notes that are being worked on.
            ours = {"DATABASE_URL": f"sqlite:///{folder}/earshot.db", "SHUTDOWN_SECONDS": "1"}
            async with BotProcess(scene.environment | ours, Path(folder)) as bot:
                scene.discord.world.changes.listen(screen.show)
                await bot.during(scene.discord.ready(_READY_WITHIN))
                for name, recorded in voices:
                    await bot.during(_post(screen, scene, recorded, name))
                if not once:
                    screen.note(_HINT)
                    await bot.during(obey(screen, scene))


async def serve(screen: Screen, *, record: Path | None, discord_port: int, openroute_port: int) -> None:
    """Run the stand-ins alone, for a bot started elsewhere, and do what is typed.

    Raises `UnavailableError` without a speech model, OSError if a port is taken.
    """
    async with opened_scene(record, discord_port=discord_port, openroute_port=openroute_port) as scene:
        screen.note("Start a bot with these settings:")
        for name, value in scene.environment.items():
            screen.line(f"{name}={value}")
        screen.note(_address(scene))
        screen.note(_HINT)
        scene.discord.world.changes.listen(screen.show)
        await obey(screen, scene)


async def obey(screen: Screen, scene: Scene) -> None:
    """For each line of standard input until its end: post the file it names, or else write it as a message."""
    async for line in _typed():
        path = _path_in(line)
        try:
            if path is None:
                scene.say(line)
            else:
                await _post(screen, scene, await asyncio.to_thread(voice.record, path), path.name)
        except (NoAnswerError, NotAudioError) as error:
            screen.bad(str(error))


def _address(scene: Scene) -> str:
    return f"To be one of the people there, open http://{scene.discord.cdn_host}/ in a browser."


async def _post(screen: Screen, scene: Scene, recorded: Voice, name: str) -> None:
    seconds = await scene.ask(recorded)
    screen.good(f"{name}: answered after {seconds:.1f} s")


def _path_in(line: str) -> Path | None:
    """The file a line names, also in quotes or with escaped spaces, as terminals paste it; None if there is none."""
    path = Path(line.strip("'\"").replace("\\ ", " ")).expanduser()
    try:
        return path if path.is_file() else None
    except OSError:  # too long for a path: a message, then
        return None


async def _typed() -> AsyncGenerator[str, None]:
    """The lines of standard input that are not blank, until its end."""
    lines: asyncio.Queue[str | None] = asyncio.Queue()
    loop = asyncio.get_running_loop()

    def read() -> None:
        # Not through sys.stdin: a thread blocked in its buffer would stop the interpreter from ending.
        rest = b""
        while data := os.read(_STDIN, 4096):
            *whole, rest = (rest + data).split(b"\n")
            for line in whole:
                loop.call_soon_threadsafe(lines.put_nowait, line.decode(errors="replace").strip())
        loop.call_soon_threadsafe(lines.put_nowait, None)

    threading.Thread(target=read, name="stdin", daemon=True).start()
    while (line := await lines.get()) is not None:
        if line:
            yield line
