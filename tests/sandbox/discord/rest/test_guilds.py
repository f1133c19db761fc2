"""Servers with their channels, roles and members over bare HTTP."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from sandbox.discord import Discord
    from tests.sandbox.discord.clients import Http, Scene


async def test_a_server_and_what_is_in_it(http: Http, scene: Scene) -> None:
    """The server itself, its channels, roles and members, one by one and listed."""
    path = f"/guilds/{scene.guild.id}"
    assert (await http.call("GET", path + "?with_counts=true")).body["approximate_member_count"] == 3
    assert [channel["name"] for channel in (await http.call("GET", path + "/channels")).body] == ["general"]
    assert [role["name"] for role in (await http.call("GET", path + "/roles")).body] == [
        "@everyone",
        "Earshot",
    ]
    assert (await http.call("GET", f"{path}/members/{scene.ann.id}")).body["user"]["username"] == "ann"
    assert len((await http.call("GET", path + "/members?limit=10")).body) == 3
    assert (await http.call("GET", path + "/members/5")).code == 10007
    assert [guild["id"] for guild in (await http.call("GET", "/users/@me/guilds")).body] == [
        str(scene.guild.id)
    ]


async def test_a_server_the_bot_is_not_in(sandbox: Discord, http: Http) -> None:
    """A server the bot has not joined is unknown to it, and its channels can't be accessed."""
    foreign = sandbox.add_guild("elsewhere", bot=None)
    channel = sandbox.add_channel(foreign)
    assert (await http.call("GET", f"/guilds/{foreign.id}")).code == 10004
    assert (await http.call("GET", f"/channels/{channel.id}")).code == 50001
