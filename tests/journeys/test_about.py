"""/help and /status, as people see them."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from sandbox.discord import ChannelKind, Permission
from tests.journeys.stage import PATIENCE

if TYPE_CHECKING:
    from sandbox.discord import Channel, User
    from tests.journeys.stage import Stage


async def said(stage: Stage, person: User, where: Channel, command: str) -> list[str]:
    """The lines of the answer, which nobody else sees."""
    answer = await stage.discord.slash(person, where, command).answered(PATIENCE)
    assert answer.ephemeral
    return answer.content.split("\n")


async def test_help_is_one_screen(stage: Stage) -> None:
    """What happens here, with commands that can be clicked."""
    async with stage.bot():
        lines = await said(stage, stage.anna, stage.channel, "help")
        ids = {command["name"]: command["id"] for command in stage.discord.world.commands[None]}
    text = "\n".join(lines)
    assert len(text) < 1800
    assert lines[1] == "I answer every voice note and audio file here, in a thread on it."
    for name in ("transcribe", "ask", "recap", "status"):
        assert f"</{name}:{ids[name]}>" in text
    # Who can't set prompts is not told how.
    assert "prompt" not in text


async def test_help_for_who_manages_the_server(stage: Stage) -> None:
    """They can set prompts."""
    manager = stage.discord.add_user("manager")
    stage.discord.add_member(stage.guild, manager, Permission.MANAGE_GUILD)
    async with stage.bot():
        text = "\n".join(await said(stage, manager, stage.channel, "help"))
    assert re.search(r"</prompt set:\d+> sets what is asked", text)


async def test_status_in_a_text_channel(stage: Stage) -> None:
    """Each setting, and who set it."""
    manager = stage.discord.add_user("manager")
    stage.discord.add_member(stage.guild, manager, Permission.MANAGE_GUILD)
    async with stage.bot(MAX_MINUTES="30", OPENROUTE_FALLBACK_MODELS="a/b,c/d"):
        before = await said(stage, stage.anna, stage.channel, "status")
        asked = stage.discord.slash(manager, stage.channel, "prompt set", text="List *names*.")
        await asked.answered(PATIENCE)
        after = await said(stage, stage.anna, stage.channel, "status")
    assert before == [
        "I answer every voice note and audio file here, in a thread on it.",
        "- What is asked of a note: 📝 Transcript (default)",
        "- Language of the answer to a note: that which is spoken in it (default)",
        "- Model: `google/gemini-2.5-flash` (default)",
        "- Models if that one can't answer: `a/b`, `c/d` (who runs me)",
        "- What else can be asked: Transcript, Summary, To-dos, Minutes, Translation, Reply draft (default)",
        "- Messages answered as questions: messages that mention me or reply to me (default)",
        "- Language of what I say to all: English (the server)",
        "- Formats sent as they are (I convert all others): `wav`, `mp3` (default)",
        "- Longest note: 30 min (who runs me)",
        "- Largest file: 100 MB (default)",
    ]
    assert after[1:3] == [
        r"- What is asked of a note: “List \*names\*.” (the server)",
        "- Language of the answer to a note: as the prompt asks (the server)",
    ]


async def test_status_names_the_permissions_that_are_missing(stage: Stage) -> None:
    """By Discord's names, and what follows from that."""
    me = stage.guild.members[stage.discord.me.id]
    stage.discord.forbid(stage.channel, Permission.CREATE_PUBLIC_THREADS | Permission.ATTACH_FILES, me)
    mute = stage.discord.add_channel(stage.guild, "mute", ChannelKind.VOICE)
    stage.discord.forbid(mute, Permission.SEND_MESSAGES, me)
    async with stage.bot():
        threadless = await said(stage, stage.anna, stage.channel, "status")
        silent = await said(stage, stage.anna, mute, "status")
    assert "in a reply, because I may not open threads" in threadless[0]
    assert threadless[1] == "Permissions I lack here: “Create Public Threads”, “Attach Files”."
    assert "I may not write here" in silent[0]
    assert silent[1] == "Permissions I lack here: “Send Messages”."


async def test_status_where_the_bot_does_not_listen(stage: Stage) -> None:
    """In a server it has not joined, and in a conversation of others."""
    elsewhere = stage.discord.add_guild("Elsewhere", bot=None)
    stage.discord.add_member(elsewhere, stage.anna)
    chat = stage.discord.add_channel(elsewhere, "chat")
    group = stage.discord.add_group([stage.anna, stage.discord.add_user("ben")])
    stage.discord.install_for(stage.anna)
    async with stage.bot():
        foreign = await said(stage, stage.anna, chat, "status")
        private = await said(stage, stage.anna, group, "status")
        help_there = await said(stage, stage.anna, chat, "help")
    assert foreign[0].startswith("I'm no member of this server, so I answer no notes here by myself.")
    assert private[0].startswith("I take no part in this conversation")
    assert not any(line.startswith("Permissions") for line in (*foreign, *private))
    assert help_there[1] == foreign[0]
    assert not any("flag" in line for line in help_there)


async def test_status_in_direct_messages_in_the_persons_language(stage: Stage) -> None:
    """Nothing there is a server's."""
    async with stage.bot():
        lines = await said(stage, stage.anna, stage.discord.direct_channel(stage.anna), "status")
    assert lines[0] == "I answer every voice note and audio file here, in place."
    assert not any("server" in line for line in lines)


async def test_status_without_the_content_intent(stage: Stage) -> None:
    """Notes are answered where the bot is mentioned; direct messages are seen all the same."""
    stage.discord.application.message_content = False
    async with stage.bot() as bot:
        await bot.logged("ready")
        here = await said(stage, stage.anna, stage.channel, "status")
        direct = await said(stage, stage.anna, stage.discord.direct_channel(stage.anna), "status")
    assert "if their message mentions me" in here[0]
    assert "in place" in direct[0]


async def test_nothing_secret_is_told(stage: Stage) -> None:
    """No key, no address, no path."""
    async with stage.bot(PROMPT="Sing."):
        text = "\n".join(await said(stage, stage.anna, stage.channel, "status"))
        environment = stage.environment()
    assert "“Sing.” (who runs me)" in text
    for secret in (stage.openroute.key, stage.discord.token, stage.openroute.base_url, "sqlite", "127.0.0.1"):
        assert secret not in text
    assert environment["OPENROUTE_BASE_URL"] not in text
