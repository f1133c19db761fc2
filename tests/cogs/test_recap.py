"""/recap, as Discord is told of it, and what is not ready in time."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any, cast

import discord  # noqa: TID251 - an interaction is made as discord.py makes it
import pytest

from bot import reply
from bot.client import MissedNotes, Recaps, Retelling
from bot.client.access import why_unreadable_now
from bot.notes import Asker, Summing
from sandbox.discord import ChannelKind, Permission, Upload
from sandbox.sample import NOTE

if TYPE_CHECKING:
    from sandbox.discord import Channel, User
    from tests.cogs.setting import Setting

MEMO = Upload("memo.ogg", NOTE.read_bytes(), "audio/ogg")


@pytest.fixture
def cogs() -> tuple[str, ...]:
    """The one that is tried; nobody listens."""
    return ("cogs.recap",)


async def test_what_discord_is_told(setting: Setting) -> None:
    """For servers, direct messages and people who installed the bot; hours within two days, channels with messages."""
    [told] = setting.discord.world.commands[None]
    assert (told["name"], told["integration_types"], told["contexts"]) == ("recap", [0, 1], [0, 1, 2])
    hours, channel = told["options"]
    assert (hours["name"], hours["type"], hours["min_value"], hours["max_value"]) == ("hours", 4, 1, 48)
    assert (channel["name"], channel["type"]) == ("channel", 7)
    assert sorted(channel["channel_types"]) == [0, 2, 5, 10, 11, 12, 13]
    assert not any(option.get("required") for option in told["options"])


async def test_what_is_not_ready_in_time_says_so(setting: Setting) -> None:
    """What is ready is shown, and the rest is not waited for: Discord takes answers for a quarter of an hour."""
    bot = setting.bot
    bot.recaps = Recaps(
        bot,
        running=bot.running_commands,
        missed=MissedNotes(bot),
        retelling=Retelling(
            running=bot.running_commands,
            asker=Asker(
                maker=bot.note_maker,
                ledger=setting.services.ledger,
                asked=setting.services.asked,
                reception=bot.reception,
            ),
            recollection=bot.actions.recollection,
            gate=setting.services.gate,
        ),
        summing=Summing(setting.services.completion, setting.services.account),
        controls=bot.controls,
        ready_seconds=5.0,
    )
    never = asyncio.Event()
    setting.openroute.script("Heard.")
    setting.openroute.script(never)
    for _ in range(2):
        setting.discord.post(setting.channel, setting.anna, files=[MEMO])
    asked = setting.discord.slash(setting.anna, setting.channel, "recap", hours=1)
    answer = await asked.answered(20)
    await setting.discord.wait_for(lambda: "> …" not in answer.content, 20)
    gists = [line for line in answer.content.split("\n") if line.startswith("> ")]
    late = "> *This one wasn't ready in time. Use the menu “Transcribe” on it.*"
    assert sorted(gists) == [late, "> Heard."]
    assert answer.components != []


NOT_YOURS = "You may not read the messages there, so I don't tell what is in them."


async def asked(setting: Setting, person: User, channel: Channel) -> str:
    """What /recap says of a chosen channel."""
    used = setting.discord.slash(person, setting.channel, "recap", channel=channel)
    return (await used.answered(20)).content


async def judged(setting: Setting, person: User, channel: Channel) -> str | None:
    """Why a button that names a channel tells a person nothing of it; None if it would."""
    event = setting.discord.slash(person, setting.channel, "recap").event_json()
    state = cast("Any", setting.bot)._connection  # noqa: SLF001 - as discord.py does
    interaction: Any = discord.Interaction(data=cast("Any", event), state=state)
    return await why_unreadable_now(interaction, channel.id, reply.ENGLISH)


async def test_who_may_not_join_a_voice_channel_may_not_read_its_chat(setting: Setting) -> None:
    """Nor may the bot, which says which permission it lacks."""
    talk = setting.discord.add_channel(setting.guild, "talk", ChannelKind.VOICE)
    ben = setting.discord.add_user("ben")
    setting.discord.forbid(talk, Permission.CONNECT, setting.discord.add_member(setting.guild, ben))
    assert await asked(setting, ben, talk) == NOT_YOURS
    assert await judged(setting, ben, talk) == NOT_YOURS
    assert await judged(setting, setting.anna, talk) is None
    setting.discord.forbid(talk, Permission.CONNECT, setting.guild.members[setting.discord.me.id])
    lacking = "I can't read the messages there: I lack the permission “Connect”."
    assert await asked(setting, setting.anna, talk) == lacking
    assert await judged(setting, setting.anna, talk) == lacking


async def test_a_private_thread_is_for_who_is_in_it_or_moderates(setting: Setting) -> None:
    """Permissions don't tell: Discord is asked."""
    ben, mod = setting.discord.add_user("ben"), setting.discord.add_user("mod")
    setting.discord.add_member(setting.guild, ben)
    moderator = setting.discord.add_member(setting.guild, mod)
    setting.discord.allow(setting.channel, Permission.MANAGE_THREADS, moderator)
    thread = setting.discord.open_thread(setting.channel, setting.anna, "between us", private=True)
    assert await judged(setting, setting.anna, thread) == NOT_YOURS  # The bot can't see it.
    setting.discord.world.join_thread(thread, setting.discord.me)
    for person, told in ((setting.anna, None), (mod, None), (ben, NOT_YOURS)):
        assert await judged(setting, person, thread) == told
        assert (await asked(setting, person, thread) == NOT_YOURS) is (told is not None)


async def test_a_channel_of_another_server_is_not_read(setting: Setting) -> None:
    """Also if the person is a member there: what they may do is known of the server they press in alone."""
    other = setting.discord.add_guild("Other")
    setting.discord.add_member(other, setting.anna)
    channel = setting.discord.add_channel(other, "chat")
    # Once it has answered, it has heard of all that was before.
    await asked(setting, setting.anna, setting.channel)
    assert await judged(setting, setting.anna, channel) == NOT_YOURS


async def test_a_busy_channel_is_not_read_for_ever(setting: Setting) -> None:
    """Two thousand messages are looked through; it says so."""
    setting.discord.post(setting.channel, setting.anna, files=[MEMO])
    for number in range(2000):
        setting.discord.post(setting.channel, setting.anna, f"talk {number}")
    ben = setting.discord.add_user("ben")
    setting.discord.add_member(setting.guild, ben)
    answer = await setting.discord.slash(ben, setting.channel, "recap").answered(60)
    assert answer.content.startswith("There are no notes here since ")
    assert answer.content.endswith(
        "-# I looked through the newest 2,000 messages; there may be notes before them."
    )
