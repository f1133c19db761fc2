"""What is done by REST alone: logging in, looking at a message again, and the way from an answer to its end."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

from bot import errors
from bot.client import Actions, DiscordAwayError, LoginRefusedError, logged_in
from sandbox.discord import Permission

if TYPE_CHECKING:
    from tests.client.scene import Scene

MESSAGE = r"/channels/\d+/messages/\d+"


async def test_a_link_is_asked_for_again(scene: Scene) -> None:
    """The attachment as the message has it now."""
    note = scene.posted()
    scene.clock.now += 2 * 86_400
    fresh = await Actions(scene.client).fresh_link(note)
    assert (fresh.id, fresh.filename) == (note.attachment.id, note.attachment.filename)
    assert fresh.url.startswith(f"http://{scene.discord.cdn_host}/attachments/")


async def test_a_forwarded_note_has_its_link_in_the_snapshot(scene: Scene) -> None:
    """It is found there."""
    original = scene.post()
    elsewhere = scene.discord.add_channel(scene.guild, "elsewhere")
    forwarded = scene.discord.forward(original, elsewhere, scene.anna)
    note = replace(scene.note(original), message_id=forwarded.id, channel_id=elsewhere.id)
    assert (await Actions(scene.client).fresh_link(note)).id == original.attachments[0].id


async def test_what_is_gone_is_gone(scene: Scene) -> None:
    """The message, its file, or the right to see them."""
    deleted, stripped, hidden = scene.post(), scene.post(), scene.post()
    notes = [scene.note(message) for message in (deleted, stripped, hidden)]
    scene.discord.delete(deleted)
    stripped.attachments.clear()
    actions = Actions(scene.client)
    for note in notes[:2]:
        with pytest.raises(errors.Gone):
            await actions.fresh_link(note)
    scene.discord.forbid(scene.channel, Permission.VIEW_CHANNEL)
    with pytest.raises(errors.Gone):
        await actions.fresh_link(notes[2])


@pytest.mark.parametrize(
    "fault",
    [
        {"status": 503},
        {"status": 403, "body": {"code": 40333, "message": "internal network error"}},
        {"status": 403, "body": "<html>Blocked</html>", "headers": {"Content-Type": "text/html"}},
        {"status": 404, "body": "<html>Not here</html>", "headers": {"Content-Type": "text/html"}},
    ],
)
async def test_discord_does_not_tell_now(scene: Scene, fault: dict[str, Any]) -> None:
    """Nobody is told that their file is gone, for it is not."""
    scene.discord.faults.add("GET", MESSAGE, **fault)
    with pytest.raises(errors.DownloadFailed):
        await Actions(scene.client).fresh_link(scene.posted())


async def test_logging_in(scene: Scene, caplog: pytest.LogCaptureFixture) -> None:
    """A wrong token, and a Discord that lets us in; nothing worth a warning."""
    with pytest.raises(LoginRefusedError):
        async with logged_in("wrong", scene.discord.api_url):
            pass
    async with logged_in(scene.discord.token, scene.discord.api_url) as actions:
        assert (await actions.fresh_link(scene.posted())).seconds == 1.0
    assert [record.getMessage() for record in caplog.records if record.levelname == "WARNING"] == []


@pytest.mark.parametrize("status", [503, 403, 429])
async def test_away_at_login(scene: Scene, status: int) -> None:
    """Discord itself, or Cloudflare before it, which has had enough of this address: either passes."""
    scene.discord.faults.add(
        "GET",
        "/users/@me",
        status=status,
        body="error code: 1015",
        headers={"Content-Type": "text/plain"},
    )
    with pytest.raises(DiscordAwayError):
        async with logged_in(scene.discord.token, scene.discord.api_url):
            pass
