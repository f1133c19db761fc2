"""What people say, ask and call their files is in no log line, no figure and, once answered, in no file of the database."""

from __future__ import annotations

import dataclasses
import re
from typing import TYPE_CHECKING

from sandbox.discord import Permission, Upload
from tests.journeys.stage import PATIENCE, SAMPLE
from tests.journeys.test_watching import asked, free_port
from tests.recordings import sample_as

if TYPE_CHECKING:
    from tests.journeys.stage import Stage

NAME, TAG, QUESTION, PROMPT, ANSWER, ECHO, THREAD, PERSON = (
    f"{word}k7Qz" for word in ("name", "tag", "question", "prompt", "answer", "echo", "thread", "person")
)
MARKS = (NAME, TAG, QUESTION, PROMPT, ANSWER, ECHO, THREAD, PERSON)
"""Each stands in one kind of what people give, and nowhere else."""


def tagged(title: str) -> bytes:
    """The sample as MP3, with a title as players show it (ID3v2.3)."""
    text = b"\0" + title.encode("latin-1")
    frame = b"TIT2" + len(text).to_bytes(4, "big") + b"\0\0" + text
    return b"ID3\3\0\0" + len(frame).to_bytes(4, "big") + frame + sample_as("mp3")


async def test_marked_words_are_found_nowhere_afterwards(stage: Stage) -> None:
    """Of notes, commands and questions that are answered, refused, damaged, or that either API fails at, at the lowest level."""
    anna = stage.discord.add_user(PERSON)
    stage.discord.add_member(stage.guild, anna, Permission.MANAGE_GUILD)
    memo = Upload(f"{NAME}.mp3", tagged(TAG), "audio/mpeg")
    port = free_port()
    async with stage.bot(HTTP_PORT=str(port), LOG_LEVEL="DEBUG") as bot:
        # Answered, with a question about it.
        stage.openroute.script(f"It is {ANSWER}.", times=2)
        note = stage.discord.post(stage.channel, anna, f"{THREAD}!", files=[memo])
        thread = await stage.thread_on(note)
        [answer] = await stage.said(thread, ANSWER)
        stage.discord.post(thread, anna, f"<@{stage.discord.me.id}> {QUESTION}?", reply_to=answer)
        await stage.said(thread, ANSWER, count=2)
        # By a command, privately.
        stage.openroute.script(f"It was {ANSWER}.")
        command = stage.discord.slash(
            anna, stage.channel, "transcribe", file=memo, prompt=f"{PROMPT}.", private=True
        )
        assert ANSWER in (await command.answered(PATIENCE)).content
        # The endpoint refuses it, and says why in words of the request. Somebody may press *Try again*: the row keeps the name.
        refusal = {"error": {"code": 400, "message": f"{ECHO} can't be read: {PROMPT}"}}
        stage.openroute.faults.add("POST", "/chat/completions", status=400, body=refusal)
        stage.discord.post(stage.channel, anna, files=[dataclasses.replace(memo, filename="memo.mp3")])
        await bot.logged("note", times=4)
        # Discord refuses it, likewise; the answer becomes a file.
        stage.openroute.script(f"It is {ANSWER} again.")
        blocked = {"code": 200000, "message": f"blocked: {ECHO}"}
        stage.discord.faults.add("POST", r"/channels/\d+/messages", status=400, body=blocked)
        stage.discord.post(stage.channel, anna, files=[memo])
        await bot.logged("note", times=5)
        # It is no audio.
        stage.discord.post(
            stage.channel, anna, files=[Upload(f"{NAME}.ogg", NAME.encode() * 100, "audio/ogg")]
        )
        await bot.logged("note", times=6)
        _, figures = await asked(port, "/metrics")
    asked_for = " ".join(request.prompt for request in stage.openroute.requests)
    assert PROMPT in asked_for
    assert QUESTION in asked_for
    tokens = {
        found[1] for call in stage.discord.calls if (found := re.search(r"/webhooks/\d+/([^/]+)", call.path))
    }
    assert tokens
    secrets = {*MARKS, *tokens, stage.discord.token, stage.openroute.key}
    stored = {path.name: path.read_bytes() for path in stage.folder.rglob("*") if path.is_file()}
    assert any(name.endswith(".db") for name in stored)
    for secret in secrets:
        assert secret not in bot.raw
        assert secret not in figures
        for name, content in stored.items():
            assert secret.encode() not in content, f"{secret} is in {name}"
    assert SAMPLE.read_bytes()[:64] not in b"".join(stored.values())
