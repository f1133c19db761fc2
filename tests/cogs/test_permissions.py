"""What the bot was found to lack is forgotten when it may have been granted."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from sandbox.discord import Permission
from sandbox.sample import NOTE

if TYPE_CHECKING:
    from tests.cogs.setting import Setting

SOUND = NOTE.read_bytes()


@pytest.fixture
def cogs() -> tuple[str, ...]:
    """The one that is tried, and what makes it matter."""
    return ("cogs.listen", "cogs.permissions")


@pytest.mark.parametrize("how", ["channel", "role"])
async def test_a_permission_that_is_given_back(setting: Setting, how: str) -> None:
    """In the channel, or by a role: the next note is answered in a thread again."""
    setting.openroute.script("Heard.", times=2)
    discord = setting.discord
    everyone, role = setting.guild.roles[0], setting.guild.members[discord.me.id].roles[0]
    usual = role.permissions | Permission.CREATE_PUBLIC_THREADS
    if how == "channel":
        discord.forbid(setting.channel, Permission.CREATE_PUBLIC_THREADS)
    else:
        for each in (everyone, role):
            discord.set_role(each, setting.guild, each.permissions & ~Permission.CREATE_PUBLIC_THREADS)
    first = discord.post_voice(setting.channel, setting.anna, SOUND, duration=11.3)

    def beside() -> bool:
        return any(message.author is discord.me for message in setting.channel.messages)

    await discord.wait_for(lambda: beside() or None, 20)
    assert first.thread is None
    if how == "channel":
        discord.allow(setting.channel, Permission.CREATE_PUBLIC_THREADS)
    else:
        discord.set_role(role, setting.guild, usual)
    second = discord.post_voice(setting.channel, setting.anna, SOUND, duration=11.3)
    assert await discord.wait_for(lambda: second.thread, 20)
