"""Links to attachments: signed, expiring, and broken on request."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import aiohttp
import pytest
import yarl

from sandbox.discord import Upload

if TYPE_CHECKING:
    from sandbox.discord import Discord, Message
    from tests.sandbox.discord.clients import Clock, Http, Scene

AUDIO = bytes(range(256)) * 1024


async def link(http: Http, message: Message) -> str:
    """The link that fetching the message gives now."""
    reply = await http.call("GET", f"/channels/{message.channel.id}/messages/{message.id}")
    return reply.body["attachments"][0]["url"]


async def test_a_link_expires_and_a_fresh_one_works(
    sandbox: Discord, http: Http, clock: Clock, scene: Scene
) -> None:
    """After a day the old link is a 404 with a text; the message fetched again has a new one."""
    note = sandbox.post(scene.channel, scene.ann, files=[Upload("with space.ogg", AUDIO, "audio/ogg")])
    old = await link(http, note)
    assert await http.fetch(old) == (200, AUDIO)
    clock.now += 24 * 3600
    assert await http.fetch(old) == (404, b"This content is no longer available.")
    assert await http.fetch(await link(http, note)) == (200, AUDIO)


@pytest.mark.parametrize(
    ("uploaded", "names"),
    [
        ("note-1_a.ogg", ("note-1_a.ogg", None)),
        ("My note (1).ogg", ("My_note_1.ogg", "My note (1)")),
        ("Ünïcode.ogg", ("Unicode.ogg", "Ünïcode")),
        ("запись 2.ogg", ("2.ogg", "запись 2")),
        ("_note.ogg", ("note.ogg", "_note")),
    ],
)
async def test_names_are_told_in_latin_letters_and_as_they_were(
    sandbox: Discord, http: Http, scene: Scene, uploaded: str, names: tuple[str, str | None]
) -> None:
    """The file's name is one for addresses; what it was called is its title, without the ending."""
    note = sandbox.post(scene.channel, scene.ann, files=[Upload(uploaded, AUDIO, "audio/ogg")])
    reply = await http.call("GET", f"/channels/{note.channel.id}/messages/{note.id}")
    [told] = reply.body["attachments"]
    assert (told["filename"], told.get("title")) == names
    assert f"/{names[0]}?" in told["url"]
    assert (await http.fetch(told["url"]))[0] == 200


async def test_a_name_without_a_latin_letter_is_made_up(sandbox: Discord, http: Http, scene: Scene) -> None:
    """But for the ending."""
    note = sandbox.post(scene.channel, scene.ann, files=[Upload("录音.mp3", AUDIO, "audio/mpeg")])
    reply = await http.call("GET", f"/channels/{note.channel.id}/messages/{note.id}")
    [told] = reply.body["attachments"]
    assert told["title"] == "录音"
    assert told["filename"].isascii()
    assert told["filename"].endswith(".mp3")


async def test_links_can_go_out_expired(sandbox: Discord, http: Http, scene: Scene) -> None:
    """With a negative lifetime a link has expired already when the message comes."""
    note = sandbox.post(scene.channel, scene.ann, files=[Upload("a.ogg", AUDIO)])
    sandbox.links.lifetime = -1
    old = await link(http, note)
    sandbox.links.lifetime = 60
    assert (await http.fetch(old))[0] == 404
    assert (await http.fetch(await link(http, note)))[0] == 200


async def test_the_signature_counts(sandbox: Discord, http: Http, scene: Scene) -> None:
    """A link with another expiry, another file name or no signature is a 404."""
    note = sandbox.post(scene.channel, scene.ann, files=[Upload("a.ogg", AUDIO)])
    url = yarl.URL(await link(http, note))
    for forged in (url.update_query(ex="ffffffff"), url.with_name("b.ogg"), url.with_query(None)):
        assert (await http.fetch(str(forged)))[0] == 404


async def test_a_download_stops_half_way(sandbox: Discord, http: Http, scene: Scene) -> None:
    """With a fault's `cut_after` the client gets the first bytes and then an error, once."""
    note = sandbox.post(scene.channel, scene.ann, files=[Upload("a.ogg", AUDIO)])
    fault = sandbox.faults.add("GET", "/attachments/.*", cut_after=1000)
    with pytest.raises(aiohttp.ClientPayloadError):
        await http.fetch(await link(http, note))
    assert fault.used == 1
    assert (await http.fetch(await link(http, note)))[0] == 200


async def test_a_download_is_held(sandbox: Discord, http: Http, scene: Scene) -> None:
    """A download that is held sends nothing until the event is set."""
    note = sandbox.post(scene.channel, scene.ann, files=[Upload("a.ogg", AUDIO)])
    gate = asyncio.Event()
    fault = sandbox.faults.add("GET", "/attachments/.*", hold=gate)
    fetching = asyncio.create_task(http.fetch(await link(http, note)))
    await fault.met.wait()
    assert not fetching.done()
    gate.set()
    assert (await fetching)[0] == 200


async def test_the_claimed_size_may_be_wrong(sandbox: Discord, http: Http, scene: Scene) -> None:
    """A file may be larger than the attachment says."""
    note = sandbox.post(scene.channel, scene.ann, files=[Upload("a.ogg", AUDIO, size=10)])
    reply = await http.call("GET", f"/channels/{scene.channel.id}/messages/{note.id}")
    (attachment,) = reply.body["attachments"]
    assert attachment["size"] == 10
    assert len((await http.fetch(attachment["url"]))[1]) == len(AUDIO)


async def test_a_file_that_is_called_a_page_does_nothing_to_the_page(
    sandbox: Discord, http: Http, scene: Scene
) -> None:
    """It has the same origin there, other than on Discord."""
    note = sandbox.post(
        scene.channel, scene.ann, files=[Upload("a.html", b"<script>1</script>", "text/html")]
    )
    address = yarl.URL(await link(http, note), encoded=True)
    async with aiohttp.ClientSession() as session, session.get(address) as response:
        assert "sandbox" in response.headers["Content-Security-Policy"]
        assert response.headers["X-Content-Type-Options"] == "nosniff"
