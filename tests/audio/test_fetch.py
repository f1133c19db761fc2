"""A note's file from a real server: never more than allowed, never from elsewhere, again when it did not come."""

from __future__ import annotations

import asyncio
import contextlib
import dataclasses
import gzip
import socket
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import aiohttp
import pytest

from bot import errors
from bot.audio.fetch import Fetcher
from tests.fixtures import file_of, note_of
from tests.fixtures_cdn import Cdn, Told

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Callable, Generator

    from bot.models import Attachment, VoiceNote

MOST = 100_000
SOUND = bytes(range(256)) * 100


class Desk:
    """A fetcher beside its CDN; pauses are noted instead of waited for."""

    def __init__(self, cdn: Cdn, session: aiohttp.ClientSession, target: Path) -> None:
        self.cdn = cdn
        self.host = cdn.host
        self.target = target
        self.pauses: list[float] = []
        self.refreshed = 0
        self.renewed: Callable[[VoiceNote], Attachment] | None = None
        self.limits = aiohttp.ClientTimeout(total=60, sock_connect=10, sock_read=30)
        self._session = session

    async def fetch(self, url: str = "/a.ogg?ex=1", *, size: int = len(SOUND), fresh: bool = False) -> int:
        """Fetch a file announced with that size; `fresh`: somebody can be asked for a new link."""
        fetcher = Fetcher(
            session=self._session,
            hosts=(self.host,),
            max_bytes=MOST,
            fresh_link=self._fresh_link if fresh else None,
            limits=self.limits,
            sleep=self._pause,
        )
        address = f"http://{self.host}{url}" if url.startswith("/") else url
        note = note_of(attachment=file_of(size=size, url=address))
        return await fetcher.fetch(note, self.target)

    async def _fresh_link(self, note: VoiceNote) -> Attachment:
        self.refreshed += 1
        if self.renewed is not None:
            return self.renewed(note)
        return dataclasses.replace(note.attachment, url=note.attachment.url.replace("ex=1", "ex=2"))

    async def _pause(self, seconds: float) -> None:
        self.pauses.append(seconds)


@pytest.fixture
async def desk(tmp_path: Path) -> AsyncGenerator[Desk]:
    """Nothing fetched yet."""
    async with aiohttp.ClientSession() as session, Cdn() as cdn:
        yield Desk(cdn, session, tmp_path / "source")


@pytest.mark.parametrize("announced", [True, False])
async def test_the_file_arrives_byte_for_byte(desk: Desk, *, announced: bool) -> None:
    """Asked for once, without credentials and without compression, signature and all."""
    desk.cdn.told = [Told(SOUND, announced=announced)]
    assert await desk.fetch("/attachments/1/2/a.ogg?ex=1&is=2&hm=3") == len(SOUND)
    assert desk.target.read_bytes() == SOUND
    assert desk.cdn.asked == ["/attachments/1/2/a.ogg?ex=1&is=2&hm=3"]
    [headers] = desk.cdn.headers
    assert "Authorization" not in headers
    assert headers["Accept-Encoding"] == "identity"


async def test_a_file_announced_too_large_is_not_asked_for(desk: Desk) -> None:
    """And both sizes are told."""
    with pytest.raises(errors.TooLarge) as refused:
        await desk.fetch(size=MOST + 1)
    assert (refused.value.limit, refused.value.size) == (MOST, MOST + 1)
    assert desk.cdn.asked == []


async def test_bytes_are_counted_whatever_was_announced(desk: Desk) -> None:
    """A file that turns out too large stops at the limit, on disk too."""
    desk.cdn.told = [Told(bytes(50 * MOST), announced=False)]
    with pytest.raises(errors.TooLarge):
        await desk.fetch(size=10)
    assert desk.target.stat().st_size <= MOST
    assert len(desk.cdn.asked) == 1


async def test_a_length_over_the_limit_is_enough(desk: Desk) -> None:
    """Where the CDN's own header says that it is too large, not a byte is kept."""
    desk.cdn.told = [Told(bytes(50 * MOST))]
    with pytest.raises(errors.TooLarge) as refused:
        await desk.fetch(size=10)
    assert (refused.value.limit, refused.value.size) == (MOST, 50 * MOST)
    assert not desk.target.exists()


async def test_a_file_of_exactly_the_limit_is_taken(desk: Desk) -> None:
    """The limit is allowed."""
    desk.cdn.told = [Told(bytes(MOST))]
    assert await desk.fetch(size=MOST) == MOST


async def test_more_than_announced_is_taken_within_the_limit(desk: Desk) -> None:
    """Discord's number is a claim."""
    desk.cdn.told = [Told(SOUND)]
    assert await desk.fetch(size=10) == len(SOUND)


async def test_less_than_announced_is_asked_for_again(desk: Desk) -> None:
    """The file is written anew, not on top of the half that came."""
    desk.cdn.told = [Told(SOUND[:100]), Told(SOUND)]
    await desk.fetch()
    assert desk.target.read_bytes() == SOUND
    assert len(desk.pauses) == 1


@pytest.mark.parametrize("announced", [True, False])
async def test_a_connection_cut_half_way_is_tried_again(desk: Desk, *, announced: bool) -> None:
    """Known length or not."""
    desk.cdn.told = [Told(SOUND, cut=True, announced=announced), Told(SOUND)]
    await desk.fetch()
    assert desk.target.read_bytes() == SOUND


@pytest.mark.parametrize("status", [500, 502, 503, 408, 429])
async def test_passing_trouble_is_waited_out(desk: Desk, status: int) -> None:
    """For as long as the CDN asks."""
    desk.cdn.told = [Told(status=status, headers={"Retry-After": "9"}), Told(status=status), Told(SOUND)]
    await desk.fetch()
    assert len(desk.pauses) == 2
    assert desk.pauses[0] >= 9


async def test_lasting_trouble_is_told(desk: Desk) -> None:
    """After four attempts."""
    desk.cdn.told = [Told(status=503)] * 9
    with pytest.raises(errors.DownloadFailed):
        await desk.fetch()
    assert len(desk.cdn.asked) == 4


async def test_a_strange_retry_after_is_ignored(desk: Desk) -> None:
    """A date, or no number at all."""
    desk.cdn.told = [
        Told(status=503, headers={"Retry-After": "Wed, 21 Oct 2037 07:28:00 GMT"}),
        Told(status=503, headers={"Retry-After": "²"}),
        Told(SOUND),
    ]
    await desk.fetch()
    assert max(desk.pauses) < 5


@pytest.mark.parametrize("status", [400, 401, 403, 404, 410, 451])
async def test_an_expired_link_is_renewed(desk: Desk, status: int) -> None:
    """Once, by asking for the message again."""
    desk.cdn.told = [Told(status=status), Told(SOUND)]
    await desk.fetch(fresh=True)
    assert desk.cdn.asked == ["/a.ogg?ex=1", "/a.ogg?ex=2"]
    assert desk.refreshed == 1
    assert desk.pauses == []


async def test_a_file_that_is_gone_is_gone(desk: Desk) -> None:
    """With a fresh link, or with nobody to ask for one."""
    desk.cdn.told = [Told(status=404), Told(status=404), Told(status=404)]
    with pytest.raises(errors.Gone):
        await desk.fetch(fresh=True)
    assert (desk.refreshed, len(desk.cdn.asked)) == (1, 2)
    with pytest.raises(errors.Gone):
        await desk.fetch()


async def test_a_deleted_message_is_gone(desk: Desk) -> None:
    """What Discord says when it is asked for the message stands."""

    def deleted(_: VoiceNote) -> Attachment:
        raise errors.Gone

    desk.cdn.told, desk.renewed = [Told(status=404)], deleted
    with pytest.raises(errors.Gone):
        await desk.fetch(fresh=True)


@pytest.mark.parametrize(
    "url",
    [
        "http://localhost:{port}/a.ogg",
        "http://127.0.0.1/a.ogg",
        "https://{host}@evil.example/a.ogg",
        "http://user@{host}/a.ogg",
        "ftp://{host}/a.ogg",
        "file:///etc/passwd",
        "http://[",
        "",
    ],
)
async def test_no_file_is_taken_from_elsewhere(desk: Desk, url: str) -> None:
    """Nobody is connected to: the server here sees no request under any other name."""
    host = desk.cdn.host
    with pytest.raises(errors.Gone):
        await desk.fetch(url.replace("{host}", host).replace("{port}", host.partition(":")[2]) or "x")
    assert desk.cdn.asked == []


@pytest.mark.parametrize("host", ["cdn.invalid", "intranet", "10.255.255.1", "[fd00::1]"])
async def test_plain_http_is_for_this_machine_only(tmp_path: Path, host: str) -> None:
    """A host on the list is refused without TLS, one of the own network, too; were it asked, it could not be found."""
    async with aiohttp.ClientSession() as session:
        fetcher = Fetcher(session=session, hosts=(host,), max_bytes=MOST)
        note = note_of(attachment=file_of(url=f"http://{host}/a.ogg"))
        with pytest.raises(errors.Gone):
            await fetcher.fetch(note, tmp_path / "source")


async def test_a_redirect_is_not_followed(desk: Desk) -> None:
    """Wherever it leads."""
    async with Cdn() as other:
        desk.cdn.told = [Told(status=302, headers={"Location": f"http://{other.host}/a.ogg"})] * 4
        with pytest.raises(errors.DownloadFailed):
            await desk.fetch()
        assert other.asked == []


async def test_an_address_elsewhere_is_told_in_the_log(desk: Desk) -> None:
    """The author hears that the file is gone; who runs the bot, which setting keeps it away."""
    with pytest.raises(errors.Gone, match="CDN_HOSTS"):
        await desk.fetch("http://127.0.0.1/a.ogg")


@pytest.mark.parametrize("encoding", ["gzip", "br"])
async def test_a_packed_file_is_not_unpacked(desk: Desk, encoding: str) -> None:
    """Nobody asked for that: little on its way could be a lot in memory."""
    headers = {"Content-Encoding": encoding}
    desk.cdn.told = [Told(gzip.compress(bytes(50 * MOST)), headers=headers), Told(SOUND)]
    await desk.fetch()
    assert desk.target.read_bytes() == SOUND
    assert len(desk.pauses) == 1


async def test_no_answer_at_all_is_not_waited_for(desk: Desk) -> None:
    """A connection that is open and silent is given up, and tried again."""
    desk.limits = aiohttp.ClientTimeout(total=60, sock_connect=10, sock_read=0.05)
    async with raw(b"") as host:
        desk.host = host
        with pytest.raises(errors.DownloadFailed, match="Timeout"):
            await desk.fetch()
    assert len(desk.pauses) == 3


async def test_a_file_that_stops_coming_is_not_waited_for(desk: Desk) -> None:
    """Nor is one of which nothing more comes."""
    desk.limits = aiohttp.ClientTimeout(total=60, sock_connect=10, sock_read=0.05)
    async with raw(b"HTTP/1.1 200 OK\r\nContent-Length: 25600\r\n\r\nOggS") as host:
        desk.host = host
        with pytest.raises(errors.DownloadFailed, match="Timeout"):
            await desk.fetch()
    assert len(desk.pauses) == 3


@pytest.mark.skipif(sys.platform != "linux", reason="elsewhere a full queue is nothing to rely on")
async def test_no_connection_is_not_waited_for(desk: Desk) -> None:
    """A host that neither takes nor refuses a connection."""
    desk.limits = aiohttp.ClientTimeout(total=60, sock_connect=0.05, sock_read=30)
    with deaf() as host:
        desk.host = host
        with pytest.raises(errors.DownloadFailed, match="Timeout"):
            await desk.fetch()
    assert len(desk.pauses) == 3


async def test_a_file_that_drips_ends_at_the_total(desk: Desk) -> None:
    """Each byte comes in time, the file never would; the limit is that of all attempts together."""
    desk.limits = aiohttp.ClientTimeout(total=1.0, sock_connect=10, sock_read=30)
    async with raw(b"HTTP/1.1 200 OK\r\nContent-Length: 25600\r\n\r\n", drip=0.02) as host:
        desk.host = host
        with pytest.raises(errors.DownloadFailed, match="not within 1 s"):
            await desk.fetch()
    assert desk.pauses == []
    assert 0 < desk.target.stat().st_size < 25_600


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="this system has no disk that is always full")
async def test_a_full_disk_passes(desk: Desk) -> None:
    """It is tried again, and is not the author's or Discord's fault."""
    desk.target = Path("/dev/full")
    desk.cdn.told = [Told(SOUND)] * 4
    with pytest.raises(errors.DiskFailed, match="No space left") as failed:
        await desk.fetch()
    assert failed.value.kind == "disk_failed"
    assert len(desk.pauses) == 3


@contextlib.asynccontextmanager
async def raw(answer: bytes, *, drip: float | None = None) -> AsyncGenerator[str]:
    """A server that answers every connection with these bytes, then, where it is to drip, with one so often."""

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        if (task := asyncio.current_task()) is not None:
            serving.append(task)
        # Who has heard enough hangs up.
        with contextlib.suppress(ConnectionError):
            writer.write(answer)
            while drip is not None:
                await writer.drain()
                await asyncio.sleep(drip)
                writer.write(b"O")
            await reader.read()
            writer.close()
            await writer.wait_closed()

    serving: list[asyncio.Task[None]] = []
    async with await asyncio.start_server(serve, "127.0.0.1", 0) as server:
        yield f"127.0.0.1:{server.sockets[0].getsockname()[1]}"
        await asyncio.gather(*serving)


@contextlib.contextmanager
def deaf() -> Generator[str]:
    """The address of a server that is too busy to take a connection: its queue is full."""
    with socket.socket() as listening, contextlib.ExitStack() as waiting:
        listening.bind(("127.0.0.1", 0))
        listening.listen(0)
        address = listening.getsockname()
        for _ in range(4):
            client = waiting.enter_context(socket.socket())
            client.settimeout(0)
            client.connect_ex(address)
        yield f"127.0.0.1:{address[1]}"


@contextlib.asynccontextmanager
async def requests_seen() -> AsyncGenerator[tuple[str, list[bytes]]]:
    """A server that keeps what it was sent, up to the empty line, and has a file for everybody; where it is."""
    seen = list[bytes]()

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        seen.append(await reader.readuntil(b"\r\n\r\n"))
        writer.write(
            b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\nConnection: close\r\n\r\n" % len(SOUND) + SOUND
        )
        await writer.drain()
        writer.close()
        await writer.wait_closed()

    server = await asyncio.start_server(answer, "127.0.0.1", 0)
    async with server:
        yield f"127.0.0.1:{server.sockets[0].getsockname()[1]}", seen


@pytest.mark.parametrize(
    "path",
    [
        "/attachments/1/2/a.ogg?ex=6&is=5&hm=0a&",
        "/a%40b%2Fc%3Ad.ogg?x=%2B%20+%40",
        "/%5B1%5D%20(2)+[3]%2a.ogg?hm=%2f%2F",
        "/a%20b.ogg?q=a%20b&p=a+b&=&&",
        "/%E5%BD%95%e9%9f%b3.ogg",
        "/~%7Ea%2Db%5Fc%2E.ogg?%61=%62",
        "/a;b=1,c!$'()*.ogg?a[]=1|2&{}=^`",
        "/a//b/./c/../d.ogg",
        "/100%25.ogg?a=100%",
        "/a%0D%0Ab%00.ogg",
    ],
)
async def test_a_link_is_requested_as_it_is(desk: Desk, path: str) -> None:
    """Byte for byte: it is signed, and any other way to write the same is another link."""
    async with requests_seen() as (host, seen):
        desk.host = host
        assert await desk.fetch(path) == len(SOUND)
    [request] = seen
    assert request.split(b"\r\n")[0] == b"GET %s HTTP/1.1" % path.encode()


@pytest.mark.parametrize("path", ["/a b.ogg", "/é.ogg", "/a\r\nX-Other: yes\r\n\r\n.ogg", "/a\\b.ogg", "/\0"])
async def test_what_is_no_link_adds_nothing_to_the_request(desk: Desk, path: str) -> None:
    """Whatever stands in it, it stays one request for one path."""
    async with requests_seen() as (host, seen):
        desk.host = host
        with contextlib.suppress(errors.EarshotError):
            await desk.fetch(path)
    for request in seen:
        assert request.isascii()
        line, *headers = request.removesuffix(b"\r\n\r\n").split(b"\r\n")
        assert line.count(b" ") == 2
        assert not any(header.startswith(b"X-Other") for header in headers)
