"""Who the bot is, and where its gateway is."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import pytest

    from sandbox.discord import Discord
    from tests.sandbox.discord.clients import Http, Scene


async def test_the_bot_and_its_application(sandbox: Discord, http: Http) -> None:
    """The account is the bot's; the application has its owner and the intents switched on."""
    assert (await http.call("GET", "/users/@me")).body["id"] == str(sandbox.me.id)
    for path in ("/oauth2/applications/@me", "/applications/@me"):
        application = (await http.call("GET", path)).body
        assert application["owner"]["id"] == str(sandbox.application.owner.id)
        assert application["flags"] == 1 << 19


async def test_the_gateways_address(sandbox: Discord, http: Http) -> None:
    """Both routes name it; the bot's has the advised number of shards, and how many may begin at once."""
    sandbox.gateway.shards = 2
    sandbox.gateway.starts.max_concurrency = 16
    assert (await http.call("GET", "/gateway")).body == {"url": sandbox.gateway_url}
    for_bots = (await http.call("GET", "/gateway/bot")).body
    limit = for_bots["session_start_limit"]
    assert (for_bots["shards"], limit["remaining"], limit["max_concurrency"]) == (2, 1000, 16)


async def test_other_accounts(http: Http, scene: Scene) -> None:
    """Anyone's account by id; 10013 for no one's."""
    assert (await http.call("GET", f"/users/{scene.ann.id}")).body["username"] == "ann"
    assert (await http.call("GET", "/users/5")).code == 10013


async def test_what_is_not_known_is_loud(
    sandbox: Discord, http: Http, caplog: pytest.LogCaptureFixture
) -> None:
    """An unknown route is a 404 in Discord's words, an error in the log, and remembered."""
    with caplog.at_level(logging.ERROR, "sandbox"):
        reply = await http.call("GET", "/sticker-packs")
        wrong_method = await http.call("PUT", "/users/@me")
    assert (reply.status, reply.body) == (404, {"message": "404: Not Found", "code": 0})
    assert wrong_method.status == 405
    assert sandbox.unknown == [("GET", "/sticker-packs"), ("PUT", "/users/@me")]
    assert len(caplog.records) == 2
    sandbox.unknown.clear()
