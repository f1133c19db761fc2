"""Slash commands and the message menu."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from sandbox.discord import CannotUseError, Permission, Upload
from tests.journeys.stage import PATIENCE, SAMPLE

if TYPE_CHECKING:
    from sandbox.discord import Channel
    from tests.journeys.stage import Stage

MEMO = Upload("memo.ogg", SAMPLE.read_bytes(), "audio/ogg")
PICTURE = Upload("cat.png", b"\x89PNG\r\n", "image/png")


async def test_transcribe_answers_where_it_was_asked(stage: Stage) -> None:
    """/transcribe with a file is answered in the channel where it was used."""
    stage.openroute.script("Heard.")
    async with stage.bot():
        asked = stage.discord.slash(stage.anna, stage.channel, "transcribe", file=MEMO)
        answer = await asked.answered(PATIENCE)
    assert asked.deferred
    assert answer.content == "Heard."
    assert not answer.ephemeral


async def test_a_commands_own_prompt_wins(stage: Stage) -> None:
    """The option `prompt` of /transcribe overrides the prompts of channel and server."""
    manager = stage.discord.add_user("manager")
    stage.discord.add_member(stage.guild, manager, Permission.MANAGE_GUILD)
    stage.openroute.script("Heard.")
    async with stage.bot():
        await stage.discord.slash(manager, stage.channel, "prompt set", text="Translate.").answered(PATIENCE)
        asked = stage.discord.slash(
            stage.anna, stage.channel, "transcribe", file=MEMO, prompt="List the names."
        )
        await asked.answered(PATIENCE)
    assert [request.prompt for request in stage.openroute.requests] == ["List the names."]


async def test_a_long_answer_to_a_command(stage: Stage) -> None:
    """Further pages follow the first; the file comes with the last."""
    whole = " ".join(f"This is sentence number {number} of the answer." for number in range(400))
    stage.openroute.script(whole)
    async with stage.bot():
        asked = stage.discord.slash(stage.anna, stage.channel, "transcribe", file=MEMO)
        last = await asked.followed_up(4, PATIENCE)
    assert asked.response is not None
    assert asked.response.content.startswith("This is sentence number 0 ")
    assert last.attachments[0].data.decode() == whole + "\n"


async def test_bad_files_are_told_in_the_answer(stage: Stage) -> None:
    """The command says what was wrong with the file."""
    async with stage.bot():
        asked = stage.discord.slash(stage.anna, stage.channel, "transcribe", file=PICTURE)
        answer = await asked.answered(PATIENCE)
    assert "isn't audio" in answer.content


async def test_the_menu_works_without_the_intent_and_in_private(stage: Stage) -> None:
    """Transcribe on a message is answered to the person who asked, even where the bot sees no messages."""
    stage.discord.application.message_content = False
    stage.openroute.script("Heard.")
    async with stage.bot() as bot:
        await bot.logged("ready")
        note = stage.post_note()
        answer = await stage.discord.context_menu(stage.anna, note, "Transcribe").answered(PATIENCE)
    assert answer.content == "Heard."
    assert answer.ephemeral
    assert note.thread is None
    assert "message content intent is not switched on" in bot.raw


async def test_the_menu_takes_the_audio_of_a_message(stage: Stage) -> None:
    """Of a picture and a recording, the recording is heard; of two recordings, both are answered in order."""
    stage.discord.application.message_content = False
    stage.openroute.script("Heard.", times=2)
    async with stage.bot(NOTES_AT_ONCE="1"):
        mixed = stage.discord.post(
            stage.channel, stage.anna, files=[PICTURE, Upload("b.wma", MEMO.data), MEMO]
        )
        asked = stage.discord.context_menu(stage.anna, mixed, "Transcribe")
        second = await asked.followed_up(1, PATIENCE)
    assert asked.response is not None
    assert asked.response.content == "**b.wma**\nHeard."
    assert second.content == "**memo.ogg**\nHeard."
    assert second.ephemeral


async def test_the_menu_on_a_message_without_files(stage: Stage) -> None:
    """Used on a message without files, the menu answers that there is nothing to hear."""
    async with stage.bot():
        text = stage.discord.post(stage.channel, stage.anna, "hello")
        answer = await stage.discord.context_menu(stage.anna, text, "Transcribe").answered(PATIENCE)
    assert answer.content.startswith("There is no file in this message.")
    assert answer.ephemeral


async def test_commands_work_where_the_bot_is_no_member(stage: Stage) -> None:
    """Installed by a person for themselves, the bot answers them in servers it has not joined."""
    elsewhere = stage.discord.add_guild("Elsewhere", bot=None)
    stage.discord.add_member(elsewhere, stage.anna)
    channel = stage.discord.add_channel(elsewhere, "chat")
    stage.discord.install_for(stage.anna)
    stage.openroute.script("Heard.")
    async with stage.bot():
        answer = await stage.discord.slash(stage.anna, channel, "transcribe", file=MEMO).answered(PATIENCE)
    assert answer.content == "Heard."


async def test_prompts_of_server_and_channel(stage: Stage) -> None:
    """A channel's prompt precedes the server's, and that the default; threads inherit; resets work; all survive a restart."""
    manager = stage.discord.add_user("manager")
    stage.discord.add_member(stage.guild, manager, Permission.MANAGE_GUILD)
    quiet = stage.discord.add_channel(stage.guild, "quiet")
    thread = stage.discord.open_thread(stage.channel, stage.anna, "planning")

    async def say(command: str, **options: str | Channel) -> str:
        asked = stage.discord.slash(manager, stage.channel, f"prompt {command}", **options)
        answer = await asked.answered(PATIENCE)
        assert answer.ephemeral
        return answer.content

    async def asked_in(channel: Channel) -> str:
        count = len(stage.openroute.requests)
        stage.openroute.script("Heard.")
        stage.post_note(channel)
        await stage.openroute.wait_for(lambda: len(stage.openroute.requests) > count, PATIENCE)
        return stage.openroute.requests[-1].prompt

    async with stage.bot():
        assert "the bot's own prompt is in force:\n> Please transcribe this audio file." in await say("show")
        assert "> Of the server." in await say("set", text="Of the server.")
        in_channel = await say("set", text="Of the channel.", channel=stage.channel)
        assert f"in <#{stage.channel.id}> and its threads is answered" in in_channel
        assert "> Of the channel." in in_channel
        in_thread = await say("set", text="Of the thread.", channel=thread)
        assert f"in <#{thread.id}> is answered" in in_thread
        assert "that of its channel" in await say("reset", channel=thread)
        assert "The channel's own prompt is in force here" in await say("show")
        assert f"The channel's own prompt is in force in <#{thread.id}>" in await say("show", channel=thread)
        assert "The prompt of this server" in await say("show", channel=quiet)
        assert await asked_in(stage.channel) == "Of the channel."
        assert await asked_in(thread) == "Of the channel."
    async with stage.bot():
        assert await asked_in(quiet) == "Of the server."
        assert "is gone" in await say("reset", channel=stage.channel)
        assert "nothing changes" in await say("reset", channel=stage.channel)
        assert await asked_in(stage.channel) == "Of the server."
        assert "is gone" in await say("reset")
        assert await asked_in(stage.channel) == "Please transcribe this audio file."


async def test_prompts_are_for_those_who_manage(stage: Stage) -> None:
    """Discord does not offer /prompt to a member without Manage Server."""
    async with stage.bot():
        with pytest.raises(CannotUseError):
            stage.discord.slash(stage.anna, stage.channel, "prompt set", text="Mine.")


async def test_a_command_that_ran_out_of_time(stage: Stage) -> None:
    """Where Discord no longer takes the answer to a command, it comes as a direct message."""
    stage.discord.faults.add(
        "PATCH", "/webhooks/.*", status=401, body={"code": 50027, "message": "Invalid Webhook Token"}
    )
    stage.openroute.script("Heard.")
    async with stage.bot():
        stage.discord.slash(stage.anna, stage.channel, "transcribe", file=MEMO)
        await stage.said(stage.discord.direct_channel(stage.anna), "Heard.")


def refused(code: int, status: int = 400) -> dict[str, Any]:
    """What Discord answers."""
    return {"status": status, "body": {"code": code, "message": "No"}}


SEEM_FAILED: list[dict[str, Any]] = [
    refused(40060) | {"after_handling": True},
    {"status": 500, "after_handling": True},
    {"status": 503, "after_handling": True},
    {"cut_after": 0},
]
"""Requests that take effect, with another answer than their own or none. The first is no answer but to a deferral."""


@pytest.mark.parametrize("fault", SEEM_FAILED)
async def test_a_deferral_that_only_looked_failed(stage: Stage, fault: dict[str, Any]) -> None:
    """The answer comes where “thinking” stands."""
    stage.discord.faults.add("POST", "/interactions/.*/callback", **fault)
    stage.openroute.script("Heard.")
    async with stage.bot():
        asked = stage.discord.slash(stage.anna, stage.channel, "transcribe", file=MEMO)
        assert (await asked.answered(PATIENCE)).content == "Heard."


@pytest.mark.parametrize("fault", [{"status": 503}, {"status": 500}, refused(10015, 404)])
async def test_an_answer_that_is_not_taken_at_once(stage: Stage, fault: dict[str, Any]) -> None:
    """It is given a little later, in its place."""
    stage.discord.faults.add("PATCH", "/webhooks/.*", times=3, **fault)
    stage.openroute.script("Heard.")
    async with stage.bot():
        asked = stage.discord.slash(stage.anna, stage.channel, "transcribe", file=MEMO)
        assert (await asked.answered(PATIENCE)).content == "Heard."
    assert stage.of_the_bot(stage.discord.direct_channel(stage.anna)) == []


@pytest.mark.parametrize("fault", SEEM_FAILED[1:])
async def test_a_page_that_only_looked_failed(stage: Stage, fault: dict[str, Any]) -> None:
    """It stands there once."""
    stage.discord.faults.add("POST", "/webhooks/.*", **fault)
    stage.openroute.script(" ".join(f"This is sentence number {number}." for number in range(100)))
    async with stage.bot() as bot:
        asked = stage.discord.slash(stage.anna, stage.channel, "transcribe", file=MEMO)
        await asked.followed_up(1, PATIENCE)
        await bot.logged("note")
    assert len(asked.followups) == 1


@pytest.mark.parametrize("code", [200000, 240000, 50035, 50006])
async def test_an_answer_to_a_command_that_is_refused(stage: Stage, code: int) -> None:
    """It comes as a file."""
    stage.discord.faults.add("PATCH", "/webhooks/.*", **refused(code))
    stage.openroute.script("Heard.")
    async with stage.bot():
        asked = stage.discord.slash(stage.anna, stage.channel, "transcribe", file=MEMO)
        answer = await asked.answered(PATIENCE)
    assert answer.attachments[0].data == b"Heard.\n"


async def test_an_answer_to_a_command_that_is_refused_in_every_form(stage: Stage) -> None:
    """It comes in private."""
    stage.discord.faults.add("*", "/webhooks/.*", times=None, **refused(240000))
    stage.openroute.script("Heard.")
    async with stage.bot() as bot:
        stage.discord.slash(stage.anna, stage.channel, "transcribe", file=MEMO)
        await stage.said(stage.discord.direct_channel(stage.anna), "Heard.")
        assert (await bot.logged("note"))["outcome"] == "posted"


async def test_prompts_are_answered_as_surely(stage: Stage) -> None:
    """What holds for /transcribe holds for /prompt."""
    manager = stage.discord.add_user("manager")
    stage.discord.add_member(stage.guild, manager, Permission.MANAGE_GUILD)
    stage.discord.faults.add("POST", "/interactions/.*/callback", **refused(40060), after_handling=True)
    stage.discord.faults.add("PATCH", "/webhooks/.*", status=503, times=2)
    async with stage.bot():
        answer = await stage.discord.slash(manager, stage.channel, "prompt show").answered(PATIENCE)
    assert "is in force" in answer.content
