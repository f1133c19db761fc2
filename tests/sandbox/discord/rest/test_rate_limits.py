"""Rate limits: enforced, signalled as Discord does, and counted."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sandbox.discord.rest.rate_limits import CREATE_MESSAGE, EDIT_MESSAGE, RateLimit

if TYPE_CHECKING:
    from sandbox.discord import Discord
    from tests.sandbox.discord.clients import Clock, Http, Scene


async def test_the_sixth_message_in_five_seconds_waits(
    sandbox: Discord, http: Http, clock: Clock, scene: Scene
) -> None:
    """Five pass and count down; the sixth is told how long; another channel is not concerned."""
    path = f"/channels/{scene.channel.id}/messages"
    replies = [await http.call("POST", path, {"content": "x"}) for _ in range(5)]
    assert [reply.headers["X-RateLimit-Remaining"] for reply in replies] == ["4", "3", "2", "1", "0"]
    assert {reply.headers["X-RateLimit-Limit"] for reply in replies} == {"5"}
    clock.now += 2
    refused = await http.call("POST", path, {"content": "x"})
    assert refused.status == 429
    assert (refused.body["retry_after"], refused.body["global"]) == (3.0, False)
    assert refused.headers["Via"]
    assert refused.headers["X-RateLimit-Bucket"] == replies[0].headers["X-RateLimit-Bucket"]
    other = sandbox.add_channel(scene.guild, "other")
    assert (await http.call("POST", f"/channels/{other.id}/messages", {"content": "x"})).status == 200
    clock.now += 3
    assert (await http.call("POST", path, {"content": "x"})).status == 200
    assert sandbox.limits.refused == [CREATE_MESSAGE]


async def test_edits_have_their_own_window(sandbox: Discord, http: Http, scene: Scene) -> None:
    """The sixth edit in five seconds is refused, though messages may still be sent."""
    path = f"/channels/{scene.channel.id}/messages"
    sent = await http.call("POST", path, {"content": "x"})
    statuses = [
        (await http.call("PATCH", f"{path}/{sent.body['id']}", {"content": str(number)})).status
        for number in range(6)
    ]
    assert statuses == [200] * 5 + [429]
    assert sandbox.limits.refused == [EDIT_MESSAGE]
    assert (await http.call("POST", path, {"content": "x"})).status == 200


async def test_the_limit_of_everything(sandbox: Discord, http: Http) -> None:
    """Too many requests of any kind are refused with the global signal."""
    sandbox.limits.overall = RateLimit(2, 1)
    replies = [await http.call("GET", "/users/@me") for _ in range(3)]
    assert [reply.status for reply in replies] == [200, 200, 429]
    assert replies[2].body["global"] is True
    assert replies[2].headers["X-RateLimit-Global"] == "true"
