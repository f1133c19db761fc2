"""The chat page: what a browser shows, and that it tells no secrets."""

from __future__ import annotations

import asyncio
import base64
import json
from typing import TYPE_CHECKING, Any

import pytest

from sandbox import voice
from sandbox.browser import BINARY, browsing
from sandbox.discord import ChannelKind, Discord, Upload
from sandbox.sample import NOTE

if TYPE_CHECKING:
    import aiohttp

    from sandbox.browser import Tab
    from tests.sandbox.discord.clients import Http, Scene

IN_CHANNEL = "[...document.querySelectorAll('#channel .text')].map(text => text.textContent)"
IN_THREAD = (
    "[...document.querySelectorAll('#thread .message:not(.starter) .text')].map(text => text.innerText)"
)
SOUND = bytes(range(256))


async def patch(stream: aiohttp.ClientResponse) -> dict[str, Any]:
    """The next patch of an event stream."""
    line = await stream.content.readline()
    assert line.startswith(b"data: ")
    assert await stream.content.readline() == b"\n"
    return json.loads(line.removeprefix(b"data: "))


async def test_a_note_and_its_answer_appear_as_they_come(sandbox: Discord, scene: Scene, tab: Tab) -> None:
    """The note appears with its waveform, then its thread beside it, someone typing, and an answer that grows."""
    waveform = base64.b64encode(bytes([0, 255] * 23)).decode()
    note = sandbox.post_voice(scene.channel, scene.ann, SOUND, duration=11.3, waveform=waveform)
    await tab.until("document.querySelector('#channel .player')")
    heights = await tab.look(
        "[...document.querySelectorAll('#channel .wave rect')].map(bar => bar.height.baseVal.value)"
    )
    assert heights == [3, 30] * 23
    assert await tab.look("document.querySelector('#channel .length').textContent") == "0:11"
    assert await tab.look("document.querySelector('#thread').hidden")
    await tab.look("window.first = document.querySelector('#channel .player')")

    thread = sandbox.open_thread(scene.channel, sandbox.me, "Voice note (11 s)", starter=note)
    sandbox.type_in(thread, sandbox.me)
    await tab.until("document.querySelector('#thread h1').textContent.includes('Voice note (11 s)')")
    await tab.until("document.querySelector('#thread .typing').textContent === 'Earshot is typing …'")

    answer = sandbox.post(thread, sandbox.me, "Hi Anna,")
    await tab.until(f"{IN_THREAD}.join() === 'Hi Anna,'")
    assert await tab.look("document.querySelector('#thread .typing').textContent") == ""
    sandbox.edit(answer, "Hi Anna, the train is **stuck**.")
    await tab.until(f"{IN_THREAD}.join().startsWith('Hi Anna, the train is stuck.')")
    await tab.until("document.querySelector('#channel .to-thread').textContent.includes('1 message')")
    # The player is not drawn again: someone may be listening.
    assert await tab.look("window.first === document.querySelector('#channel .player')")

    sandbox.delete(answer)
    await tab.until(f"{IN_THREAD}.length === 0")
    sandbox.delete_channel(thread)
    await tab.until("document.querySelector('#thread').hidden")


async def test_a_note_plays(sandbox: Discord, scene: Scene, tab: Tab) -> None:
    """The button plays a note; a click on the waveform plays from there."""
    note = voice.record(NOTE)
    sandbox.post_voice(scene.channel, scene.ann, note.data, duration=note.seconds, waveform=note.waveform)
    await tab.until("document.querySelector('.play')")
    await tab.look("document.querySelector('.play').click()")
    await tab.until("document.querySelector('.play.playing') && document.querySelector('.played')")
    await tab.look(
        "{ const wave = document.querySelector('.wave'), { left, width } = wave.getBoundingClientRect();"
        " wave.dispatchEvent(new MouseEvent('click', { clientX: left + width / 2 })); }"
    )
    await tab.until("document.querySelectorAll('.played').length > 22")
    await tab.look("document.querySelector('.play').click()")
    await tab.until("!document.querySelector('.play.playing')")
    assert await tab.look("document.querySelector('.length').textContent") == "0:06"


async def test_text_stays_text(sandbox: Discord, scene: Scene, tab: Tab) -> None:
    """HTML in messages and names is shown as text and never becomes elements."""
    hostile = "<img src=x onerror=\"document.title='owned'\"><script>document.title='owned'</script>"
    mallory = sandbox.add_user(f"{hostile}")
    message = sandbox.post(
        scene.channel, mallory, f"**{hostile}**\n> {hostile}", files=[Upload(hostile, SOUND)]
    )
    sandbox.post(sandbox.open_thread(scene.channel, mallory, hostile, starter=message), mallory, hostile)
    await tab.until(f"{IN_THREAD}.length")
    assert await tab.look(IN_CHANNEL) == [hostile * 2]
    assert await tab.look(IN_THREAD) == [hostile]
    for selector in ("#channel .author", "#channel .chip strong", "#channels .thread .name"):
        assert await tab.look(f"document.querySelector('{selector}').textContent") == hostile
    assert await tab.look("document.querySelectorAll('body img, body script').length") == 0
    assert "owned" not in await tab.look("document.title")


async def test_what_answers_use_of_markdown_is_shown(sandbox: Discord, scene: Scene, tab: Tab) -> None:
    """Bold, code, fences, quotes, lists, small print, commands and escapes; other signs stay as they are."""
    sandbox.post(
        scene.channel,
        sandbox.me,
        r"**a\_b** 2 \* 3 `x **y**` *as it is*"
        "\n> one\n> two\n```py\nif x < 1:\n    **no**\n```\nend\n- **milk**\n- eggs\n-# small & </prompt set:12>",
    )
    await tab.until(f"{IN_CHANNEL}.length")
    drawn = await tab.look("document.querySelector('#channel .text').innerHTML")
    assert drawn == (
        "<p><strong>a_b</strong> 2 * 3 <code>x **y**</code> *as it is*</p>"
        "<blockquote>one\ntwo</blockquote>"
        "<pre><code>if x &lt; 1:\n    **no**</code></pre>"
        '<p>end</p><ul><li><strong>milk</strong></li><li>eggs</li></ul><small>small &amp; <span class="mention">/prompt set</span></small>'
    )


async def test_a_person_looks_around(sandbox: Discord, scene: Scene, tab: Tab) -> None:
    """Channels of every kind are listed; a thread closed stays closed, until it is chosen again."""
    forum = sandbox.add_channel(scene.guild, "ideas", ChannelKind.FORUM)
    sandbox.open_post(forum, scene.ann, "A louder bell", "Who is for it?")
    sandbox.post(sandbox.direct_channel(scene.ann), scene.ann, "Just us")
    await tab.until("document.querySelectorAll('#channels button').length === 4")
    assert await tab.look(
        "[...document.querySelectorAll('#channels > *')].map(entry => entry.textContent)"
    ) == [
        "Workshop",
        "#general",
        "≡ideas",
        "↳A louder bell",
        "Direct messages",
        "@ann",
    ]
    await tab.look("document.querySelector('#channels .thread').click()")
    assert await tab.look(IN_THREAD) == ["Who is for it?"]
    await tab.look("document.querySelector('#thread .close').click()")
    sandbox.open_post(forum, scene.ann, "A quieter bell", "Or this?")
    await tab.until("document.querySelectorAll('#channels .thread').length === 2")
    assert await tab.look("document.querySelector('#thread').hidden")
    await tab.look("document.querySelector('#channels .direct').click()")
    assert await tab.look(IN_CHANNEL) == ["Just us"]


async def test_an_open_page_does_not_hold_up_the_end(scene: Scene) -> None:
    """The stand-in ends with the page open, which then says so."""
    if BINARY is None:
        pytest.skip("there is no Chromium on this machine")
    async with browsing() as tab:
        async with Discord() as sandbox:
            await tab.open(f"http://{sandbox.cdn_host}/")
            await tab.until("document.querySelector('#link').textContent.startsWith('A stand-in')")
            began = asyncio.get_running_loop().time()
        assert (
            asyncio.get_running_loop().time() - began < 0.9
        )  # the server would give up waiting after a second
        await tab.until("document.querySelector('#link').textContent.includes('does not answer')")


async def test_patches_hold_no_secret(sandbox: Discord, http: Http, scene: Scene) -> None:
    """Neither the bot's token, nor an interaction's, nor a signed link is ever told, at once or later."""
    command = {"name": "ask", "description": "Ask", "type": 1}
    await http.call("PUT", f"/applications/{sandbox.application.id}/commands", [command])

    async def use(text: str) -> str:
        token = sandbox.slash(scene.ann, scene.channel, "ask").token
        interaction = sandbox.world.interactions[token]
        data = {"content": text, "attachments": [{"id": 0, "filename": "a.txt"}]}
        body = {"type": 4, "data": data}
        await http.call("POST", f"/interactions/{interaction.id}/{token}/callback", body)
        return token

    tokens = [sandbox.token, await use("before")]
    sandbox.post(scene.channel, scene.ann, files=[Upload("a.ogg", SOUND, "audio/ogg")])
    async with http.session.get(f"http://{sandbox.cdn_host}/page/events") as stream:
        told = [await patch(stream)]
        assert told[0]["fresh"]
        tokens.append(await use("after"))
        while "after" not in json.dumps(told[-1]):
            told.append(await patch(stream))
    everything = json.dumps(told)
    assert "before" in everything
    assert [token for token in tokens if token in everything] == []
    assert "hm=" not in everything


async def test_a_file_that_only_one_person_sees_has_no_address(
    sandbox: Discord, http: Http, scene: Scene
) -> None:
    """An ephemeral file can't be had from the page."""
    seen = sandbox.world.attach(Upload("a.txt", SOUND), scene.channel.id)
    hidden = sandbox.world.attach(Upload("a.txt", SOUND), scene.channel.id, ephemeral=True)
    address = f"http://{sandbox.cdn_host}/page/attachments/"
    assert (await http.fetch(f"{address}{seen.id}"))[0] == 200
    assert (await http.fetch(f"{address}{hidden.id}"))[0] == 404
    assert (await http.fetch(f"{address}no-number"))[0] == 404


@pytest.mark.parametrize("path", ["", "favicon.ico", "page/page.js", "page/events", "page/attachments/1"])
async def test_the_policy_is_strict(sandbox: Discord, http: Http, path: str) -> None:
    """Its headers forbid other origins, inline scripts and type guessing, and its requests are not recorded."""
    async with http.session.get(f"http://{sandbox.cdn_host}/{path}") as response:
        policy = response.headers["Content-Security-Policy"].split("; ")
        assert response.headers["X-Content-Type-Options"] == "nosniff"
    assert policy[:6] == [
        "default-src 'none'",
        "script-src 'self'",
        "style-src 'self'",
        "connect-src 'self'",
        "media-src 'self'",
        "img-src 'self'",
    ]
    assert sandbox.calls == []
    assert sandbox.unknown == []


async def test_faults_and_bookkeeping_pass_the_page_by(sandbox: Discord, http: Http) -> None:
    """Faults don't apply to the page; paths it does not have are refused by the stand-in."""
    sandbox.faults.add("GET", "/.*", status=500)
    assert (await http.fetch(f"http://{sandbox.cdn_host}/"))[0] == 200
    sandbox.faults.clear()
    assert (await http.fetch(f"http://{sandbox.cdn_host}/page/serving.py"))[0] == 404
    assert sandbox.unknown == [("GET", "/page/serving.py")]
    sandbox.unknown.clear()


@pytest.mark.parametrize(
    ("wanted", "answer"),
    [
        ("bytes=0-", (206, "bytes 0-255/256", SOUND)),
        ("bytes=16-31", (206, "bytes 16-31/256", SOUND[16:32])),
        ("bytes=-6", (206, "bytes 250-255/256", SOUND[-6:])),
        ("bytes=300-", (416, None, b"")),
        ("bytes=later", (416, None, b"")),
    ],
)
async def test_a_player_may_ask_for_a_part(
    sandbox: Discord, http: Http, scene: Scene, wanted: str, answer: tuple[int, str | None, bytes]
) -> None:
    """Ranges are served as browsers ask for them to seek."""
    (file,) = sandbox.post(scene.channel, scene.ann, files=[Upload("a.ogg", SOUND, "audio/ogg")]).attachments
    address = f"http://{sandbox.cdn_host}/page/attachments/{file.id}"
    async with http.session.get(address, headers={"Range": wanted}) as response:
        assert (
            response.status,
            response.headers.get("Content-Range"),
            await response.read(),
        ) == answer


async def test_other_files_are_only_saved(sandbox: Discord, http: Http, scene: Scene) -> None:
    """An attached HTML file is downloaded, never shown as a page."""
    (file,) = sandbox.post(
        scene.channel, scene.ann, files=[Upload("a.html", b"<script>", "text/html")]
    ).attachments
    async with http.session.get(f"http://{sandbox.cdn_host}/page/attachments/{file.id}") as response:
        assert response.headers["Content-Disposition"] == "attachment"
        assert response.content_type == "application/octet-stream"
