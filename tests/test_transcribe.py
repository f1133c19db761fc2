"""Files from the command line, as a process: answers on stdout, the rest on stderr, an honest exit status."""

from __future__ import annotations

import asyncio
import json
import os
import shutil
import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from yarl import URL

from bot import reply
from bot.models import Answer, Ending
from sandbox.openroute import Openroute
from tests.fixtures import Recording
from tests.journeys.forked import ForkServer, reader
from tests.proxies import ProxyServer

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Iterator

ROOT = Path(__file__).parents[1]


SURROUNDINGS = {
    "PATH": os.environ["PATH"],
    "PYTHONPATH": str(ROOT),
    # The standard library's audioop is deprecated; from Python 3.13 on a package takes its place.
    "PYTHONWARNINGS": "error,ignore:'audioop' is deprecated:DeprecationWarning",
}


class Shell:
    """Runs `python -m bot transcribe` against the stand-in, in a folder of its own.

    It is forked from a process that has its imports behind it, unless they may depend on how it is started.
    """

    def __init__(self, folder: Path, openroute: Openroute, fork_server: ForkServer | None) -> None:
        self.folder = folder
        self.openroute = openroute
        self.stdout: int | None = None
        """The file that is its standard output, if not a pipe that is read."""
        self._fork_server = fork_server
        self.voice = Recording(container="ogg", codec="libopus").write(folder / "voice.ogg", seconds=1.0)
        self.wav = Recording(container="wav", codec="pcm_s16le", rate=16_000).write(
            folder / "a.wav", seconds=1.0
        )

    async def transcribe(self, *arguments: str | Path, **settings: str) -> tuple[int, str, str]:
        """Exit status, stdout (unless it goes elsewhere), stderr."""
        environment = {
            **SURROUNDINGS,
            "OPENROUTE_BASE_URL": self.openroute.base_url,
            "OPENROUTE_API_KEY": self.openroute.key,
            **settings,
        }
        given = [str(argument) for argument in arguments]
        if self._fork_server is None or not self._fork_server.serves(environment):
            status, out, told = await self._from_nothing(given, environment)
        else:
            status, out, told = await self._forked(self._fork_server, given, environment)
        return status, out.decode(errors="replace"), told.decode(errors="replace")

    async def _from_nothing(
        self, arguments: list[str], environment: dict[str, str]
    ) -> tuple[int, bytes, bytes]:
        process = await asyncio.create_subprocess_exec(
            sys.executable,
            *("-m", "bot", "transcribe", *arguments),
            cwd=self.folder,
            env=environment,
            stdin=asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.PIPE if self.stdout is None else self.stdout,
            stderr=asyncio.subprocess.PIPE,
        )
        out, told = await process.communicate()
        assert process.returncode is not None
        return process.returncode, out or b"", told

    async def _forked(
        self, fork_server: ForkServer, arguments: list[str], environment: dict[str, str]
    ) -> tuple[int, bytes, bytes]:
        reading, writing = os.pipe() if self.stdout is None else (None, os.dup(self.stdout))
        out = None if reading is None else await reader(reading)
        try:
            process = await fork_server.start(
                "transcribe", *arguments, folder=self.folder, environment=environment, stdout=writing
            )
        finally:
            os.close(writing)
        try:
            told = await process.stderr.read()
            return await process.wait(), b"" if out is None else await out.read(), told
        finally:
            process.kill()


def tidy_up(folder: Path) -> None:
    """Remove what Earshot has there."""
    [scratch] = folder.glob("earshot-*")
    shutil.rmtree(scratch)


@pytest.fixture(scope="module")
def fork_server() -> Iterator[ForkServer | None]:
    """What it is forked from; None where that does harm, as for journeys."""
    if sys.platform != "linux":
        yield None
        return
    with ForkServer.started(SURROUNDINGS, command="transcribe") as server:
        yield server


@pytest.fixture
async def shell(tmp_path: Path, fork_server: ForkServer | None) -> AsyncGenerator[Shell]:
    """With two short recordings."""
    async with Openroute() as openroute:
        yield Shell(tmp_path, openroute, fork_server)
        assert openroute.unknown == []


async def test_an_answer_is_all_there_is_on_stdout(shell: Shell) -> None:
    """The default prompt is asked, without a person's pseudonym."""
    shell.openroute.script("Could we ", "meet? é\n")
    status, out, told = await shell.transcribe(shell.voice)
    assert (status, out) == (0, "Could we meet? é\n")
    assert "voice.ogg" in told
    [asked] = shell.openroute.requests
    assert asked.prompt == "Please transcribe this audio file."
    assert "user" not in asked.body


@pytest.mark.parametrize("name", ["deep" * 30, "é" * 40, "录" * 40, "a b/" * 20, "100% %s %(x)s"])
async def test_temporary_files_may_lie_anywhere(shell: Shell, name: str) -> None:
    """Deeper than a socket's name is long, whose hundred bytes are not a hundred letters; and whatever it is called."""
    with tempfile.TemporaryDirectory(dir="/tmp") as short:
        folder = Path(short) / name
        folder.mkdir(parents=True)
        shell.openroute.script("Yes.")
        status, out, told = await shell.transcribe(shell.voice, TMPDIR=str(folder))
    assert (status, out) == (0, "Yes.\n"), told


@pytest.mark.parametrize(
    "name",
    [
        "p",
        "a b",
        "100% %s %(x)s",
        "Сёмга 录音 \U0001f600",
        "quote'd\"[x]*?{y}#&;$HOME",
        "-m",
        "l" * 250,
        "d/" * 90,
        os.fsdecode(b"latin-1 \xfc"),
    ],
    ids=["p", "space", "percent", "unicode", "signs", "dash", "long", "deep", "bytes"],
)
async def test_the_sources_may_lie_anywhere(shell: Shell, name: str) -> None:
    """In a folder of any name, the recording beside them."""
    shell.folder /= name
    shutil.copytree(ROOT / "bot", shell.folder / "bot")
    file = shutil.copyfile(shell.voice, shell.folder / "note.ogg")
    shell.openroute.script("Yes.", times=2)
    status, out, told = await shell.transcribe("note.ogg", file, PYTHONPATH="")
    assert (status, out.count(":\nYes.\n")) == (0, 2), told


@pytest.mark.parametrize(
    ("option", "setting", "prompt"),
    [
        ((), {"PROMPT": "Summarise."}, "Summarise."),
        (("--prompt", "Translate."), {"PROMPT": "Summarise."}, "Translate."),
        (("--prompt", " \n"), {"PROMPT": "Summarise."}, "Summarise."),
    ],
)
async def test_the_prompt_can_be_chosen(
    shell: Shell, option: tuple[str, ...], setting: dict[str, str], prompt: str
) -> None:
    """By the environment, and over it by the option."""
    shell.openroute.script("Yes.")
    await shell.transcribe(*option, shell.voice, **setting)
    assert shell.openroute.requests[0].prompt == prompt


async def test_several_answers_are_told_apart(shell: Shell) -> None:
    """Each under its file's name, in the order they were given."""
    shell.openroute.script("First.")
    shell.openroute.script("Second.")
    status, out, _ = await shell.transcribe(shell.wav, shell.voice)
    assert (status, out) == (0, f"{shell.wav}:\nFirst.\n\n{shell.voice}:\nSecond.\n\n")


async def test_an_answer_that_is_not_all_says_so_beside_it(shell: Shell) -> None:
    """What is printed is the model's alone."""
    shell.openroute.script("It began. A", finish_reason="content_filter")
    status, out, remarks = await shell.transcribe(shell.wav)
    assert (status, out) == (0, "It began. A\n")
    [said] = reply.what_is_missing(Answer(text="", model="", ending=Ending.FILTERED), words=reply.ENGLISH)
    assert said in remarks


async def test_json_tells_all_about_a_file(shell: Shell) -> None:
    """One object a line: what was sent, what was said, what it cost and how long it took."""
    shell.openroute.script("Could we meet? é")
    shell.openroute.script("Yes.", usage=False)
    status, out, _ = await shell.transcribe("--json", shell.voice, shell.wav)
    assert status == 0
    first, second = [json.loads(line) for line in out.splitlines()]
    timings = first.pop("timings")
    usage = first.pop("usage")
    assert first == {
        "file": str(shell.voice),
        "text": "Could we meet? é",
        "ending": "complete",
        "only_first": None,
        "model": "google/gemini-2.5-flash",
        "audio": {"format": "wav", "seconds": 1.0, "bytes": 32_044, "transcoded": True, "parts": 1},
    }
    assert list(timings) == ["fetch", "prepare", "first_text", "total"]
    assert list(timings.values()) == sorted(timings.values())
    assert list(usage) == ["prompt_tokens", "completion_tokens", "total_tokens", "audio_tokens", "cost"]
    assert usage["audio_tokens"] == 32
    assert second["usage"] is None
    assert second["audio"] == {
        "format": "wav",
        "seconds": 1.0,
        "bytes": shell.wav.stat().st_size,
        "transcoded": False,
        "parts": 1,
    }


async def test_one_bad_file_does_not_stop_the_others(shell: Shell) -> None:
    """It is told in its place, and by the exit status."""
    text = shell.folder / "text.mp3"
    text.write_text("Dear diary.\n" * 100)
    shell.openroute.script("Heard.")
    status, out, _ = await shell.transcribe(
        "--json", text, shell.folder / "nowhere", shell.folder, shell.voice
    )
    assert status == 1
    *failures, heard = [json.loads(line) for line in out.splitlines()]
    assert [each["error"]["kind"] for each in failures] == ["not_audio", "unreadable", "unreadable"]
    assert [set(each) for each in failures] == [{"file", "error"}] * 3
    assert "No such file" in failures[1]["error"]["message"]
    assert heard["text"] == "Heard."


async def test_what_is_no_file_is_not_opened(shell: Shell) -> None:
    """A pipe nobody writes to, a device, a folder: told at once."""
    pipe = shell.folder / "pipe"
    os.mkfifo(pipe)
    async with asyncio.timeout(60):
        status, out, told = await shell.transcribe(pipe, "/dev/zero", shell.folder)
    assert (status, out) == (1, "")
    assert told.count(": This is not a regular file.\n") == 3


async def test_a_folder_that_is_gone_is_told_for_each_file(shell: Shell) -> None:
    """Somebody tidies up the folder for temporary files meanwhile: no traceback, and every file has its turn."""
    going_on = asyncio.Event()
    script = shell.openroute.script("Heard.", going_on)
    with tempfile.TemporaryDirectory() as folder:
        task = asyncio.create_task(
            shell.transcribe("--json", shell.voice, shell.wav, shell.voice, TMPDIR=folder)
        )
        await script.waiting.wait()
        tidy_up(Path(folder))
        going_on.set()
        status, out, told = await task
    heard, *failures = [json.loads(line) for line in out.splitlines()]
    assert (status, heard["text"]) == (1, "Heard.")
    assert [each["error"]["kind"] for each in failures] == ["disk_failed"] * 2
    assert "I have no room" in failures[0]["error"]["message"]
    assert "No such file or directory" in failures[0]["error"]["message"]
    assert "Traceback" not in told


async def test_when_nobody_reads_any_more_it_ends(shell: Shell) -> None:
    """After the first answer that cannot be printed, with a status and without a word."""
    shell.openroute.script("First.")
    reading, writing = os.pipe()
    os.close(reading)
    try:
        shell.stdout = writing
        status, _, told = await shell.transcribe(shell.wav, shell.voice)
    finally:
        os.close(writing)
    assert (status, told) == (1, f"{shell.wav}: hearing it …\n")


async def test_a_full_disk_is_told(shell: Shell) -> None:
    """In a sentence."""
    shell.openroute.script("First.")
    shell.stdout = os.open("/dev/full", os.O_WRONLY)
    try:
        status, _, told = await shell.transcribe(shell.wav, shell.voice)
    finally:
        os.close(shell.stdout)
    assert status == 1
    assert told == f"{shell.wav}: hearing it …\nThe output can't be written: No space left on device.\n"


@pytest.mark.parametrize("encoding", ["ascii", "latin-1"])
async def test_any_text_is_printed_in_any_encoding(shell: Shell, encoding: str) -> None:
    """Signs it lacks as their numbers; JSON stays JSON."""
    shell.openroute.script("naïve → \U0001f600", times=2)
    status, out, told = await shell.transcribe(shell.wav, PYTHONIOENCODING=f"{encoding}:strict")
    assert (status, "Traceback" in told) == (0, False), told
    assert out.endswith(r" \u2192 \U0001f600" + "\n")
    _, out, _ = await shell.transcribe("--json", shell.wav, PYTHONIOENCODING=f"{encoding}:strict")
    assert json.loads(out)["text"] == "naïve → \U0001f600"


async def test_a_file_of_settings_that_is_no_text_is_told(shell: Shell) -> None:
    """As other settings are that cannot be used."""
    (shell.folder / ".env").write_bytes(b"PROMPT=Gr\xfcsse\n")
    status, out, told = await shell.transcribe(shell.voice)
    assert (status, out) == (2, "")
    assert ".env: it must be a text in UTF-8" in told
    assert "Traceback" not in told


async def test_a_file_above_the_limit_is_not_read(shell: Shell) -> None:
    """The same limit as for downloads."""
    status, out, told = await shell.transcribe(shell.wav, MAX_FILE_MB="0.01")
    assert (status, out) == (1, "")
    assert "too large" in told


async def test_the_operator_hears_what_the_endpoint_said(shell: Shell) -> None:
    """Whoever runs this can do something about it; the key is not repeated."""
    status, out, told = await shell.transcribe(shell.voice, OPENROUTE_API_KEY="sk-or-v1-wrong")
    assert (status, out) == (1, "")
    assert "refused the key" in told
    assert "127.0.0.1" in told
    assert "sk-or-v1-wrong" not in told
    assert "Traceback" not in told


async def test_a_proxy_leads_to_the_endpoint(shell: Shell) -> None:
    """If it wants another password, the operator hears that it is the proxy, and not the password."""
    shell.openroute.script("Yes.")
    endpoint = URL(shell.openroute.base_url)
    settings = {"OPENROUTE_BASE_URL": f"http://openroute{endpoint.path}"}
    names = {("openroute", 80): ("127.0.0.1", endpoint.port or 0)}
    async with ProxyServer("socks5", names, login=("anna", "right")) as proxy:
        settings["http_proxy"] = proxy.address
        status, out, told = await shell.transcribe(shell.voice, **settings)
        assert (status, out) == (0, "Yes.\n"), told
        settings["http_proxy"] = proxy.address.replace("right", "hunter2-hunter2")
        status, out, told = await shell.transcribe(shell.voice, **settings)
    assert (status, out) == (1, "")
    assert f"the proxy socks5://127.0.0.1:{proxy.port} refuses" in told
    assert "hunter2-hunter2" not in told


async def test_a_prompt_in_another_encoding_is_sent_as_far_as_it_can_be(shell: Shell) -> None:
    """Bytes that are no UTF-8 on the command line bring nothing down."""
    shell.openroute.script("Yes.")
    status, _, told = await shell.transcribe("--prompt", os.fsdecode(b"Gr\xfcsse"), shell.voice)
    assert status == 0, told
    assert shell.openroute.requests[0].prompt == "Gr?sse"


@pytest.mark.parametrize(
    ("settings", "words"),
    [
        ({"OPENROUTE_API_KEY": ""}, ("OPENROUTE_API_KEY", "--local")),
        ({"MAX_MINUTES": "many"}, ("MAX_MINUTES",)),
    ],
)
async def test_what_is_missing_is_told_before_any_work(
    shell: Shell, settings: dict[str, str], words: tuple[str, ...]
) -> None:
    """In a sentence, with the exit status of a wrong call."""
    status, out, told = await shell.transcribe(shell.voice, **settings)
    assert (status, out) == (2, "")
    assert all(word in told for word in words)
    assert "Traceback" not in told


async def test_the_environment_can_be_written_in_a_file(shell: Shell) -> None:
    """`.env` in the folder it is run in; what is already set is stronger."""
    (shell.folder / ".env").write_text(f"OPENROUTE_API_KEY={shell.openroute.key}\nPROMPT=From the file.\n")
    shell.openroute.script("Yes.", times=2)
    for settings in ({}, {"PROMPT": "From outside."}):
        status, _, told = await shell.transcribe(shell.voice, **settings)
        assert status == 0, told
    assert [asked.prompt for asked in shell.openroute.requests] == ["From the file.", "From outside."]
