"""The page over HTTP: who may ask for it, what its headers forbid, and that it tells no secrets."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from sandbox.discord import Discord, Upload
from sandbox.discord import page as page_package

if TYPE_CHECKING:
    import aiohttp

    from tests.sandbox.discord.clients import Http, Scene

SOUND = bytes(range(256))
VENDOR = Path(page_package.__file__).parent / "files" / "vendor"


async def patch(stream: aiohttp.ClientResponse) -> dict[str, Any]:
    """The next patch of an event stream."""
    line = await stream.content.readline()
    assert line.startswith(b"data: ")
    assert await stream.content.readline() == b"\n"
    return json.loads(line.removeprefix(b"data: "))


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
    async with http.session.get(f"http://{sandbox.cdn_host}/page/events?as={scene.ann.id}") as stream:
        told = [await patch(stream)]
        assert told[0]["fresh"]
        tokens.append(await use("after"))
        while "after" not in json.dumps(told[-1]):
            told.append(await patch(stream))
    everything = json.dumps(told)
    assert "before" in everything
    assert [token for token in tokens if token in everything] == []
    assert "hm=" not in everything


async def test_a_file_that_only_one_person_sees_is_theirs(sandbox: Discord, http: Http, scene: Scene) -> None:
    """An ephemeral file is for whoever it was sent to; a file on no message is nobody's."""
    command = {"name": "ask", "description": "Ask", "type": 1}
    await http.call("PUT", f"/applications/{sandbox.application.id}/commands", [command])
    used = sandbox.slash(scene.ann, scene.channel, "ask")
    body = {"type": 4, "data": {"content": "Here", "flags": 64}}
    await http.call("POST", f"/interactions/{used.id}/{used.token}/callback", body)
    assert used.original is not None
    hidden = sandbox.world.attach(Upload("a.txt", SOUND), scene.channel.id, ephemeral=True)
    used.original.attachments = [hidden]
    (seen,) = sandbox.post(scene.channel, scene.ann, files=[Upload("a.txt", SOUND)]).attachments
    loose = sandbox.world.attach(Upload("a.txt", SOUND), scene.channel.id)
    owner = scene.guild.owner

    async def status(number: object, person: int) -> int:
        address = f"http://{sandbox.cdn_host}/page/attachments/{number}?as={person}"
        return (await http.fetch(address))[0]

    assert [await status(hidden.id, scene.ann.id), await status(hidden.id, owner.id)] == [200, 404]
    assert [await status(seen.id, scene.ann.id), await status(seen.id, owner.id)] == [200, 200]
    assert await status(loose.id, scene.ann.id) == 404
    assert await status("no-number", scene.ann.id) == 404


@pytest.mark.parametrize("path", ["", "favicon.ico", "page/page.js", "page/events", "page/attachments/1"])
async def test_the_policy_is_strict(sandbox: Discord, http: Http, scene: Scene, path: str) -> None:
    """Its headers forbid other origins, inline scripts, HTML from strings and type guessing; requests are not recorded."""
    async with http.session.get(f"http://{sandbox.cdn_host}/{path}") as response:
        policy = response.headers["Content-Security-Policy"].split("; ")
        assert response.headers["X-Content-Type-Options"] == "nosniff"
        assert response.headers["Cross-Origin-Resource-Policy"] == "same-origin"
    assert policy == [
        "default-src 'none'",
        "script-src 'self'",
        "style-src 'self'",
        "connect-src 'self'",
        "media-src 'self'",
        "img-src 'self'",
        "base-uri 'none'",
        "form-action 'none'",
        "frame-ancestors 'none'",
        "require-trusted-types-for 'script'",
        "trusted-types 'none'",
    ]
    assert sandbox.calls == []
    assert sandbox.unknown == []


@pytest.mark.parametrize(
    ("asked", "headers", "status"),
    [
        ("GET /", {}, 200),
        ("GET /", {"Host": "localhost:PORT"}, 200),
        ("GET /", {"Host": "earshot.example:PORT"}, 403),
        ("GET /page/events", {"Host": "127.0.0.1.example.org"}, 403),
        ("GET /page/events", {"Origin": "https://example.org"}, 403),
        ("GET /page/events", {"Origin": "null"}, 403),
        ("GET /page/page.js", {"Host": "[::1"}, 403),
        ("POST /page/acts", {}, 403),
        ("POST /page/acts", {"Origin": "https://example.org"}, 403),
        ("POST /page/acts", {"Origin": "http://127.0.0.1:1"}, 403),
        ("POST /page/acts", {"Origin": "https://127.0.0.1:PORT"}, 403),
        ("POST /page/acts", {"Host": "evil.example:PORT", "Origin": "http://evil.example:PORT"}, 403),
        ("POST /page/acts", {"Origin": "http://127.0.0.1:PORT"}, 400),
        ("POST /page/acts", {"Host": "localhost:PORT", "Origin": "http://localhost:PORT"}, 400),
    ],
)
async def test_other_sites_are_kept_away(
    sandbox: Discord, http: Http, asked: str, headers: dict[str, str], status: int
) -> None:
    """A name that was made to lead here, and a page of another origin, get nothing, and change nothing."""
    sandbox.add_guild()
    method, path = asked.split()
    port = sandbox.cdn_host.rpartition(":")[2]
    sent = {name: value.replace("PORT", port) for name, value in headers.items()}
    async with http.session.request(
        method,
        f"http://{sandbox.cdn_host}{path}",
        headers=sent,
        data={"act": "{}"} if method == "POST" else None,
    ) as response:
        assert response.status == status


async def test_faults_and_bookkeeping_pass_the_page_by(sandbox: Discord, http: Http) -> None:
    """Faults don't apply to the page; paths it does not have are refused by the stand-in."""
    sandbox.faults.add("GET", "/.*", status=500)
    assert (await http.fetch(f"http://{sandbox.cdn_host}/"))[0] == 200
    sandbox.faults.clear()
    for path in ("serving.py", "../serving.py", "vendor/README.md"):
        assert (await http.fetch(f"http://{sandbox.cdn_host}/page/{path}"))[0] == 404
    assert ("GET", "/page/serving.py") in sandbox.unknown
    sandbox.unknown.clear()


async def test_nobody_is_there_to_be(http: Http) -> None:
    """A world without people has nothing to tell."""
    assert (await http.fetch(f"http://{http.sandbox.cdn_host}/page/events"))[0] == 404


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


@pytest.mark.parametrize("kind", ["text/html", "image/svg+xml"])
async def test_other_files_are_only_saved(sandbox: Discord, http: Http, scene: Scene, kind: str) -> None:
    """An attached file that could hold a script is downloaded, never shown as a page."""
    (file,) = sandbox.post(scene.channel, scene.ann, files=[Upload("a", b"<script>", kind)]).attachments
    async with http.session.get(f"http://{sandbox.cdn_host}/page/attachments/{file.id}") as response:
        assert response.headers["Content-Disposition"] == "attachment"
        assert response.content_type == "application/octet-stream"


def test_the_library_is_the_one_that_was_looked_at() -> None:
    """Its file has the hash that stands beside it, and its licences are kept."""
    digest = hashlib.sha256((VENDOR / "discord-markdown-parser.js").read_bytes()).hexdigest()
    assert digest in (VENDOR / "README.md").read_text()
    assert "Apache License" in (VENDOR / "discord-markdown-parser.LICENSE").read_text()
    assert "Khan Academy" in (VENDOR / "simple-markdown.LICENSE").read_text()
