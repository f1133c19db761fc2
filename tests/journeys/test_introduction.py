"""Invited to a server, the bot introduces itself once, where it may write; removed from it, it forgets it in time."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from typing import TYPE_CHECKING

import pytest

from sandbox.discord import ChannelKind, Permission
from tests.journeys.stage import PATIENCE

if TYPE_CHECKING:
    from sandbox.discord import Channel, Guild, Message
    from tests.journeys.stage import Stage

HELLO = "Hello! I write down what is said in voice notes."


def new_server(stage: Stage, name: str = "Bakery", *, locale: str = "en-US") -> tuple[Guild, Channel]:
    """A server without the bot, with a channel."""
    guild = stage.discord.add_guild(name, bot=None, locale=locale)
    stage.discord.add_member(guild, stage.anna)
    return guild, stage.discord.add_channel(guild, "orders")


async def hello(stage: Stage, channel: Channel) -> Message:
    """Wait for the introduction in a channel."""
    [said] = await stage.said(channel, HELLO)
    return said


def said_in(stage: Stage, guild: Guild) -> list[Message]:
    """All the bot has said in a server."""
    return [message for channel in guild.channels.values() for message in stage.of_the_bot(channel)]


async def test_it_introduces_itself_once(stage: Stage) -> None:
    """Also if it is thrown out and invited again; servers it has been in for long hear nothing."""
    guild, channel = new_server(stage)
    async with stage.bot() as bot:
        await bot.logged("ready")
        stage.discord.invite_bot(guild)
        first = await hello(stage, channel)
        does, changed, lacks = first.content.split("\n")
        assert "in a thread on it" in does
        assert "</privacy:" in changed
        assert lacks == "I have all the permissions I need in this channel."
        stage.discord.remove_bot(guild)
        stage.discord.invite_bot(guild)
        other, there = new_server(stage, "Garage")
        stage.discord.invite_bot(other)
        await hello(stage, there)
        assert said_in(stage, guild) == [first]
    async with stage.bot() as bot:
        await bot.logged("ready")
        third, elsewhere = new_server(stage, "Studio")
        stage.discord.invite_bot(third)
        await hello(stage, elsewhere)
    assert said_in(stage, guild) == [first]
    assert said_in(stage, stage.guild) == []


async def test_invited_while_it_was_away(stage: Stage) -> None:
    """Discord tells of no invitation then: it is seen by when the bot joined."""
    guild, channel = new_server(stage)
    stage.discord.invite_bot(guild)
    async with stage.bot():
        await hello(stage, channel)
    assert said_in(stage, stage.guild) == []


async def test_it_takes_the_channel_for_greetings(stage: Stage) -> None:
    """If it may write there; otherwise the first in which it may. It says what it lacks."""
    guild, first = new_server(stage)
    greetings = stage.discord.add_channel(guild, "welcome")
    stage.discord.set_system_channel(guild, greetings)
    other, hidden = new_server(stage, "Garage")
    rules = stage.discord.add_channel(other, "rules")
    open_to_all = stage.discord.add_channel(other, "talk")
    stage.discord.set_system_channel(other, rules)
    everyone = other.everyone
    stage.discord.forbid(hidden, Permission.VIEW_CHANNEL, everyone)
    stage.discord.forbid(rules, Permission.SEND_MESSAGES, everyone)
    stage.discord.forbid(open_to_all, Permission.CREATE_PUBLIC_THREADS | Permission.ATTACH_FILES, everyone)
    async with stage.bot() as bot:
        await bot.logged("ready")
        stage.discord.invite_bot(guild)
        await hello(stage, greetings)
        stage.discord.invite_bot(other)
        said = await hello(stage, open_to_all)
    assert said.content.endswith("Permissions I lack here: “Create Public Threads”, “Attach Files”.")
    assert stage.of_the_bot(first) == []


async def test_nowhere_to_write(stage: Stage) -> None:
    """Then it says nothing, not even in announcements; once it may, it does at the next start."""
    guild, channel = new_server(stage)
    news = stage.discord.add_channel(guild, "news", ChannelKind.ANNOUNCEMENT)
    stage.discord.forbid(channel, Permission.SEND_MESSAGES, guild.everyone)
    async with stage.bot() as bot:
        await bot.logged("ready")
        stage.discord.invite_bot(guild)
        other, there = new_server(stage, "Garage")
        stage.discord.invite_bot(other)
        await hello(stage, there)
        assert said_in(stage, guild) == []
    stage.discord.allow(channel, Permission.SEND_MESSAGES, guild.everyone)
    async with stage.bot():
        await hello(stage, channel)
    assert stage.of_the_bot(news) == []


async def test_discord_does_not_take_it(stage: Stage) -> None:
    """A refusal: the next channel. Trouble that passes: another time."""
    guild, channel = new_server(stage)
    second = stage.discord.add_channel(guild, "second")
    refusal = {"code": 200000, "message": "Message was blocked by automatic moderation"}
    stage.discord.faults.add("POST", f"/channels/{channel.id}/messages", status=400, body=refusal)
    other, there = new_server(stage, "Garage")
    stage.discord.faults.add("POST", f"/channels/{there.id}/messages", status=403, times=1, body="blocked")
    async with stage.bot() as bot:
        await bot.logged("ready")
        stage.discord.invite_bot(guild)
        await hello(stage, second)
        stage.discord.invite_bot(other)
        await bot.logged("not introduced yet")
    assert said_in(stage, other) == []
    async with stage.bot():
        await hello(stage, there)


async def test_without_the_content_intent_it_says_so(stage: Stage) -> None:
    """That is what it lacks most."""
    stage.discord.application.message_content = False
    guild, channel = new_server(stage)
    async with stage.bot():
        stage.discord.invite_bot(guild)
        said = await hello(stage, channel)
    assert "message content intent is off" in said.content


async def test_a_fleet_introduces_itself_once(stage: Stage, fleet_url: str) -> None:
    """Two processes hear of the same invitation."""
    guild, channel = new_server(stage)
    async with (
        stage.bot("--gateway-only", DATABASE_URL=fleet_url) as one,
        stage.bot("--gateway-only", DATABASE_URL=fleet_url) as two,
    ):
        await one.logged("ready")
        await two.logged("ready")
        stage.discord.invite_bot(guild)
        await hello(stage, channel)
        other, there = new_server(stage, "Garage")
        stage.discord.invite_bot(other)
        await hello(stage, there)
    assert len(said_in(stage, guild)) == 1


async def test_a_server_that_has_the_commands_alone(stage: Stage) -> None:
    """The bot is no member, and keeps what was set there for as long as the commands are used."""
    guild, channel = new_server(stage)
    stage.discord.install_commands(guild)

    def left() -> bool | None:
        with closing(sqlite3.connect(f"file:{stage.folder}/earshot.db?mode=ro", uri=True)) as database:
            [(at,)] = database.execute("SELECT left_at FROM guilds WHERE guild_id = ?", [guild.id]).fetchall()
        return at is not None

    gone = "servers were left meanwhile"
    async with stage.bot() as first:
        await first.logged("ready")
        await stage.discord.slash(guild.owner, channel, "prompt set", text="Sing.").answered(PATIENCE)
    async with stage.bot() as bot:
        # The first run may have found it out itself, if it looked around only after the command.
        if gone not in {line["event"] for line in first.lines}:
            await bot.logged(gone)
        assert left()
        shown = await stage.discord.slash(guild.owner, channel, "prompt show").answered(PATIENCE)
        assert "Sing." in shown.content
    assert not left()


@pytest.mark.parametrize("away", [False, True])
async def test_a_server_it_was_removed_from_is_forgotten(stage: Stage, *, away: bool) -> None:
    """After `KEEP_DAYS`, whether it saw that or was away; one that comes back in time keeps what it had."""
    stage.discord.add_member(stage.guild, stage.anna, Permission.MANAGE_GUILD)
    kept, channel = new_server(stage)
    stage.discord.invite_bot(kept)
    owner = kept.owner

    def stored() -> set[int]:
        with closing(sqlite3.connect(f"file:{stage.folder}/earshot.db?mode=ro", uri=True)) as connection:
            return {row[0] for row in connection.execute("SELECT guild_id FROM server_settings")}

    async with stage.bot() as bot:
        await bot.logged("ready")
        for person, where in ((stage.anna, stage.channel), (owner, channel)):
            await stage.discord.slash(person, where, "prompt set", text="Sing.").answered(PATIENCE)
        assert stored() == {stage.guild.id, kept.id}
        if not away:
            for guild in (stage.guild, kept):
                stage.discord.remove_bot(guild)
            await bot.logged("left a server", times=2)
            stage.discord.invite_bot(kept)
            await bot.logged("joined a server")
    if away:
        stage.discord.remove_bot(stage.guild)
        async with stage.bot() as bot:
            await bot.logged("servers were left meanwhile")
    async with stage.bot(KEEP_DAYS="0.0000001") as bot:
        await bot.logged("what servers had set is deleted: the bot has left them")
    assert stored() == {kept.id}
