"""What Discord's errors mean: only its own codes tell that a permission is missing."""

from __future__ import annotations

from typing import TYPE_CHECKING

import discord
import pytest

from bot import errors
from bot.client.posting.refusals import FAILED, meaning, passes
from bot.models import ChannelKind

if TYPE_CHECKING:
    from tests.client.scene import Scene

HTML = "<html><title>Attention Required! | Cloudflare</title></html>"


async def refused(scene: Scene, status: int, body: object) -> Exception:
    """What discord.py raises when posting a message is answered so."""
    headers = {"Content-Type": "text/html"} if isinstance(body, str) else {}
    scene.discord.faults.add("POST", r"/channels/\d+/messages", status=status, body=body, headers=headers)
    with pytest.raises(FAILED) as caught:
        await scene.client.get_partial_messageable(scene.channel.id).send("Heard.")
    return caught.value


@pytest.mark.parametrize(
    ("status", "body"),
    [
        (403, {"code": 40333, "message": "internal network error"}),
        (403, {"code": 0, "message": "403: Forbidden"}),
        (403, HTML),
        (403, ""),
        (404, HTML),
        (400, {"code": 130000, "message": "API resource is currently overloaded. Try again a little later"}),
        (401, {"code": 0, "message": "401: Unauthorized"}),
        (429, HTML),
        (429, {"code": 20016, "message": "This action cannot be performed due to slowmode rate limit"}),
        (503, {"code": 0, "message": ""}),
        (520, HTML),
    ],
)
async def test_what_passes(scene: Scene, status: int, body: object) -> None:
    """Whatever stands in front of Discord refuses for a while, and means nothing by it."""
    error = await refused(scene, status, body)
    assert passes(error)
    assert isinstance(meaning(error, scene.posted()), errors.DiscordAway)


@pytest.mark.parametrize(
    ("status", "code", "permission"),
    [
        (403, 50001, "View Channel"),
        (403, 50013, "Send Messages"),
        (403, 50007, "Send Messages"),
        (403, 160002, "Read Message History"),
        (400, 160002, "Read Message History"),
        (403, 160005, "Manage Threads"),
        (400, 50083, "Manage Threads"),
    ],
)
async def test_permissions(scene: Scene, status: int, code: int, permission: str) -> None:
    """A code, whatever the status, names what is missing."""
    error = await refused(scene, status, {"code": code, "message": "No"})
    problem = meaning(error, scene.posted())
    assert isinstance(problem, errors.Forbidden)
    assert problem.missing == permission


async def test_speaking_in_threads_is_another_permission(scene: Scene) -> None:
    """It is called by its name where the note is in a thread."""
    error = await refused(scene, 403, {"code": 50013, "message": "Missing Permissions"})
    problem = meaning(error, scene.note(scene.post(), ChannelKind.THREAD))
    assert isinstance(problem, errors.Forbidden)
    assert problem.missing == "Send Messages in Threads"


@pytest.mark.parametrize(
    ("status", "code"),
    [
        (400, 240000),
        (400, 200000),
        (403, 200000),
        (400, 50035),
        (400, 50006),
        (413, 40005),
        (403, 20001),
        (429, 30046),
        (400, 30046),
        (400, 0),
        (401, 50027),
        (405, 0),
    ],
)
async def test_what_is_refused(scene: Scene, status: int, code: int) -> None:
    """It does not pass, and is no permission: what was to be posted is not taken."""
    error = await refused(scene, status, {"code": code, "message": "No"})
    assert not passes(error)
    assert isinstance(meaning(error, scene.posted()), errors.AnswerRefused)


async def test_a_lost_connection_passes(scene: Scene) -> None:
    """It tells nothing of what became of the request."""
    scene.discord.faults.add("POST", r"/channels/\d+/messages", cut_after=0)
    with pytest.raises(FAILED) as caught:
        await scene.client.get_partial_messageable(scene.channel.id).send("Heard.")
    assert not isinstance(caught.value, discord.HTTPException)
    assert passes(caught.value)


async def test_an_answer_that_cannot_be_read_passes(scene: Scene) -> None:
    """Something on the way has cut it off, or put a page of its own there."""
    scene.discord.faults.add("POST", r"/channels/\d+/messages", status=200, body='{"id": "1')
    with pytest.raises(FAILED) as caught:
        await scene.client.get_partial_messageable(scene.channel.id).send("Heard.")
    assert passes(caught.value)


def test_our_own_mistakes_do_not_pass() -> None:
    """They are not Discord's."""
    assert not passes(ValueError())
