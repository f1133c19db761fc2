"""`check` against both stand-ins: each thing it looks at, each way it can stand, and what to do about it."""

from __future__ import annotations

import asyncio
import dataclasses
import json
import os
import time
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from typing import TYPE_CHECKING, Any

import pytest
import structlog
from pydantic import SecretStr
from yarl import URL

from bot import storage
from bot.check import check
from sandbox.discord import ChannelKind, Discord, Permission
from sandbox.openroute import DEAF, GEMINI, GEMINI_LITE, Openroute
from tests.fixtures import settings_of
from tests.fixtures_database import put_newest
from tests.proxies import ProxyServer

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator
    from pathlib import Path

    from tests.proxies import Kind

OF_DISCORD = ["discord token", "message content intent", "gateway sessions", "servers"]
NAMES = [
    "settings", "endpoint", "key", f"model {GEMINI.id}", *OF_DISCORD, "clock", "memory", "decoder", "database", "disk",
]  # fmt: skip


class Doctor:
    """Looks at everything, with settings as wanted."""

    def __init__(
        self, discord: Discord, openroute: Openroute, folder: Path, capsys: pytest.CaptureFixture[str]
    ) -> None:
        self.discord = discord
        self.openroute = openroute
        self.folder = folder
        self._capsys = capsys

    async def look(
        self, *, local: bool = False, **wanted: Any
    ) -> tuple[int, dict[str, tuple[str, str, str]]]:
        """The exit status, and by name each finding's grade, text and advice."""
        with structlog.testing.capture_logs():
            status = await check(self.settings(**wanted), as_json=True, local=local)
        found = json.loads(self._capsys.readouterr().out)
        assert all(set(each) == {"name", "grade", "text", "advice"} for each in found)
        return status, {each["name"]: (each["grade"], each["text"], each["advice"]) for each in found}

    def settings(self, **wanted: Any) -> Any:
        """All in order, but for what is `wanted` otherwise."""
        usual = {
            "discord_token": SecretStr(self.discord.token),
            "discord_api_url": self.discord.api_url,
            "openroute_base_url": self.openroute.base_url,
            "openroute_api_key": SecretStr(self.openroute.key),
            "database_url": f"sqlite:///{self.folder}/a.db",
            "decoders": 1,
        }
        return settings_of(**{**usual, **wanted})


@pytest.fixture
async def doctor(
    tmp_path: Path, pytestconfig: pytest.Config, capsys: pytest.CaptureFixture[str]
) -> AsyncGenerator[Doctor]:
    """Everything in order, and a database of a former run."""
    await put_newest(tmp_path / "a.db", pytestconfig)
    async with Discord() as discord, Openroute() as openroute:
        discord.add_channel(discord.add_guild("Workshop"), "general")
        yield Doctor(discord, openroute, tmp_path, capsys)
        assert openroute.requests == [], "looking must not cost anything"


async def test_all_is_well(doctor: Doctor) -> None:
    """Everything is looked at, nothing advised; the database is yet to be made."""
    (doctor.folder / "a.db").unlink()
    status, found = await doctor.look()
    assert status == 0
    assert list(found) == NAMES
    assert {grade for grade, _, _ in found.values()} == {"ok"}
    assert {advice for _, _, advice in found.values()} == {""}
    assert found["key"][1] == "accepted; 10 credits left"


async def test_people_read_a_line_for_each(doctor: Doctor, capsys: pytest.CaptureFixture[str]) -> None:
    """Grade first, advice last; and neither key nor token."""
    status = await check(doctor.settings(openroute_api_key=SecretStr("sk-or-v1-wrong")), as_json=False)
    out = capsys.readouterr().out
    assert status == 1
    assert len(out.splitlines()) == len(NAMES)
    [line] = [line for line in out.splitlines() if " key: " in line]
    assert line.startswith("failed ")
    assert " → " in line
    assert "sk-or-v1-wrong" not in out
    assert doctor.discord.token not in out


@pytest.mark.parametrize(
    ("wanted", "name", "words"),
    [
        ({"openroute_api_key": None}, "key", "OPENROUTE_API_KEY"),
        ({"openroute_api_key": SecretStr("sk-other")}, "key", "refused"),
        ({"openroute_model": "google/gemini-1.0"}, "model google/gemini-1.0", "not among"),
        ({"openroute_fallback_models": (DEAF.id,)}, f"model {DEAF.id}", "not among"),
        ({"offered_models": (DEAF.id,)}, f"model {DEAF.id}", "not among"),
        ({"discord_token": None}, "discord token", "DISCORD_TOKEN"),
        ({"discord_token": SecretStr("wrong")}, "discord token", "refused"),
        ({"openroute_base_url": "http://127.0.0.1:9/v1"}, "endpoint", "can't be reached"),
        ({"discord_api_url": "http://127.0.0.1:9/api/v10"}, "discord token", "can't be reached"),
        ({"decode_memory_mb": 128}, "decoder", "does not work"),
        ({"database_url": "sqlite:////proc/nowhere/a.db"}, "database", "/proc/nowhere/a.db"),
    ],
)
async def test_what_keeps_the_bot_from_working_fails(
    doctor: Doctor, wanted: dict[str, Any], name: str, words: str
) -> None:
    """And says what to do; the rest is looked at all the same."""
    status, found = await doctor.look(**wanted)
    grade, text, advice = found[name]
    assert status == 1
    assert grade == "failed"
    assert words in text
    assert advice
    assert found["disk"][0] == "ok"
    assert [n for n, (grade, _, _) in found.items() if grade == "failed"] == [name]


@pytest.mark.parametrize(
    ("wanted", "successor"),
    [
        ({"openroute_model": "google/gemini-2.0-flash"}, ("ok", "google/gemini-2.5-flash")),
        ({"openroute_model": "other/ears"}, ("failed", "no model here")),
        ({"openroute_model": "other/ears", "openroute_fallback_models": ("none",)}, None),
        ({}, None),
    ],
)
async def test_it_is_told_who_answers_once_a_model_is_gone(
    doctor: Doctor, wanted: dict[str, Any], successor: tuple[str, str] | None
) -> None:
    """If `auto` may find somebody; nothing is told of a model that is there."""
    _, found = await doctor.look(**wanted)
    told = found.get("fallback auto")
    if successor is None:
        assert told is None
    else:
        assert told is not None
        assert told[0] == successor[0]
        assert successor[1] in told[1]


async def test_a_model_that_does_not_hear_is_found_out(doctor: Doctor) -> None:
    """Also where the endpoint lists models of every kind, whatever it was asked for."""
    doctor.openroute.faults.add("GET", "/models", body={"data": [GEMINI.entry, DEAF.entry]})
    status, found = await doctor.look(openroute_model=DEAF.id)
    assert status == 1
    assert found[f"model {DEAF.id}"][:2] == ("failed", "it does not hear audio")


async def test_an_empty_account_fails(doctor: Doctor) -> None:
    """The key is good, and still nothing will be answered."""
    doctor.openroute.faults.add("GET", "/key", body={"data": {"limit": 1, "limit_remaining": 0}})
    status, found = await doctor.look()
    assert status == 1
    assert found["key"][0] == "failed"
    assert "credit" in found["key"][2]


@pytest.mark.parametrize(("days", "grade"), [(-3, "warning"), (9, "warning"), (400, "ok")])
async def test_a_model_that_retires_is_pointed_out(doctor: Doctor, days: int, grade: str) -> None:
    """In time: with the date, as a warning when it is near."""
    end = (datetime.now(UTC).date() + timedelta(days=days)).isoformat()
    doctor.openroute.models = [dataclasses.replace(GEMINI, expiration_date=end), GEMINI_LITE]
    status, found = await doctor.look()
    assert status == 0
    assert found[f"model {GEMINI.id}"][0] == grade
    assert end in found[f"model {GEMINI.id}"][1]


@pytest.mark.parametrize("body", [b"<html>not found</html>", {"error": {"code": 404, "message": "?"}}])
async def test_an_endpoint_without_lists_is_not_held_against(doctor: Doctor, body: object) -> None:
    """Many speak only completions: what they do not tell is not looked up, and said to be so."""
    doctor.openroute.faults.add("GET", "/(key|models)", times=2, status=404, body=body)
    status, found = await doctor.look()
    assert status == 0
    assert {found["key"][0], found[f"model {GEMINI.id}"][0]} == {"ok"}
    assert "404" in found["key"][1]
    assert "404" in found[f"model {GEMINI.id}"][1]


@pytest.mark.parametrize("status", [429, 503])
async def test_a_discord_that_is_away_says_nothing_of_the_token(doctor: Doctor, status: int) -> None:
    """Nobody is sent to copy it again."""
    doctor.discord.faults.add("GET", "/applications/@me", status=status, body="busy")
    result, found = await doctor.look()
    grade, text, advice = found["discord token"]
    assert (result, grade) == (1, "failed")
    assert str(status) in text
    assert "refused" not in text
    assert "try again" in advice


async def test_listening_without_the_intent_is_a_warning(doctor: Doctor) -> None:
    """Commands work without it."""
    doctor.discord.application.message_content = False
    status, found = await doctor.look()
    assert status == 0
    grade, text, advice = found["message content intent"]
    assert grade == "warning"
    assert "off" in text
    assert "portal" in advice


async def test_sessions_that_run_out_are_pointed_out(doctor: Doctor) -> None:
    """Before there are none: with none left, the bot can't connect."""
    for left, grade in ((1000, "ok"), (3, "warning"), (0, "failed")):
        limit = {"total": 1000, "remaining": left, "reset_after": 7_200_000, "max_concurrency": 1}
        doctor.discord.faults.add(
            "GET", "/gateway/bot", body={"url": "wss://x", "shards": 1, "session_start_limit": limit}
        )
        _, found = await doctor.look()
        assert found["gateway sessions"][0] == grade
        assert f"{left} of 1000" in found["gateway sessions"][1]
        assert "2 h" in found["gateway sessions"][1]


async def test_a_bot_in_no_server_gets_the_link_to_invite_it(doctor: Doctor) -> None:
    """With all permissions that it has a use for."""
    for guild in list(doctor.discord.world.guilds.values()):
        doctor.discord.remove_bot(guild)
    status, found = await doctor.look()
    grade, text, advice = found["servers"]
    assert (status, grade, text) == (0, "warning", "the bot is in none")
    link = URL(advice.removeprefix("invite it: "))
    assert (link.host, link.query["client_id"]) == ("discord.com", str(doctor.discord.application.id))
    wanted = (
        Permission.VIEW_CHANNEL | Permission.SEND_MESSAGES | Permission.CREATE_PUBLIC_THREADS
        | Permission.SEND_MESSAGES_IN_THREADS | Permission.ATTACH_FILES | Permission.READ_MESSAGE_HISTORY
        | Permission.CONNECT | Permission.MANAGE_THREADS
    )  # fmt: skip
    assert int(link.query["permissions"]) == wanted
    assert set(link.query["scope"].split()) == {"bot", "applications.commands"}


async def test_what_is_missing_is_told_by_server_and_channel(doctor: Doctor) -> None:
    """Only of channels the bot is let into; what is right is one line for all servers."""
    guild = doctor.discord.add_guild("Quiet\nroom")
    for name in ("a", "b", "c", "d", "e", "f"):
        doctor.discord.forbid(doctor.discord.add_channel(guild, name), Permission.ATTACH_FILES)
    doctor.discord.forbid(doctor.discord.add_channel(guild, "hidden"), Permission.VIEW_CHANNEL)
    stage = doctor.discord.add_channel(guild, "stage", ChannelKind.STAGE)
    doctor.discord.forbid(stage, Permission.SEND_MESSAGES)
    status, found = await doctor.look()
    assert status == 0
    assert found["servers"] == ("ok", "2; nothing is missing in 1 of 2 looked at", "")
    grade, text, advice = found["server Quiet room"]
    assert grade == "warning"
    # Where nothing can be written, nothing can be attached, either.
    assert "Attach Files in #a, #b, #c, #d, #e and 2 more" in text
    assert "Send Messages in #stage" in text
    assert "hidden" not in text
    assert "https://discord.com/" in advice


@pytest.mark.parametrize(("seconds", "words"), [(3600, "behind"), (-3600, "ahead of")])
async def test_a_clock_that_is_wrong_is_pointed_out(doctor: Doctor, seconds: int, words: str) -> None:
    """By how much, and to which side, as the hour in Discord's own answers tells."""
    hour = format_datetime(datetime.now(UTC) + timedelta(seconds=seconds), usegmt=True)
    doctor.discord.faults.add("GET", "/gateway", times=None, status=200, body={}, headers={"Date": hour})
    status, found = await doctor.look()
    grade, text, advice = found["clock"]
    assert (status, grade) == (0, "warning")
    assert words in text
    assert 3500 < int(text.split()[0]) < 3700
    assert "NTP" in advice


async def test_too_little_memory_is_pointed_out(doctor: Doctor, monkeypatch: pytest.MonkeyPatch) -> None:
    """By what the bot and its decoders take."""
    asked = os.sysconf

    def small(name: str) -> int:
        return 200_000_000 // asked("SC_PAGE_SIZE") if name == "SC_PHYS_PAGES" else asked(name)

    monkeypatch.setattr(os, "sysconf", small)
    _, found = await doctor.look(decoders=2)
    grade, text, advice = found["memory"]
    assert grade == "warning"
    assert "2 decoders" in text
    assert "DECODERS" in advice


async def test_a_database_the_running_bot_has_is_fine(doctor: Doctor) -> None:
    """Looking is allowed while the bot runs."""
    async with storage.opened(f"sqlite:///{doctor.folder}/a.db"):
        status, found = await doctor.look()
    assert status == 0
    grade, text, advice = found["database"]
    assert (grade, advice) == ("ok", "")
    assert "in use" in text


async def test_the_recogniser_is_looked_at_instead_of_the_endpoint(doctor: Doctor) -> None:
    """No key is needed, and nobody is asked for one."""
    status, found = await doctor.look(
        local=True, openroute_api_key=None, openroute_base_url="http://127.0.0.1:9/v1"
    )
    assert status == 0
    assert found["recogniser"][0] == "ok"
    assert list(found) == [
        "settings", "recogniser", *OF_DISCORD, "clock", "memory", "decoder", "database", "disk",
    ]  # fmt: skip


async def test_a_recogniser_that_does_not_load_fails(doctor: Doctor, monkeypatch: pytest.MonkeyPatch) -> None:
    """With its reason on one line, and how to install it."""
    monkeypatch.setenv("LOCAL_MODEL_DIR", str(doctor.folder / "nowhere"))
    status, found = await doctor.look(local=True, openroute_api_key=None)
    grade, text, advice = found["recogniser"]
    assert (status, grade) == (1, "failed")
    assert "nowhere" in text
    assert "\n" not in text
    assert "requirements-local.txt" in advice


HERE: dict[str, Any] = {"local": True, "openroute_api_key": None}


def writing(doctor: Doctor, **wanted: Any) -> dict[str, Any]:
    """Settings with the stand-in as the text server, but for what is `wanted` otherwise."""
    usual = {
        "local_text_url": doctor.openroute.base_url,
        "local_text_model": DEAF.id,
        "local_text_key": SecretStr(doctor.openroute.key),
    }
    return {**HERE, **usual, **wanted}


async def test_the_text_server_is_asked_what_it_has(doctor: Doctor) -> None:
    """A sentence each: that it is there, and that it knows the model."""
    status, found = await doctor.look(**writing(doctor))
    assert status == 0
    assert list(found)[1:4] == ["recogniser", "text server", f"text model {DEAF.id}"]
    assert found["text server"] == ("ok", f"{URL(doctor.openroute.base_url).authority} answers", "")
    assert found[f"text model {DEAF.id}"] == ("ok", "the text server knows it", "")


async def test_the_text_server_is_nothing_to_those_who_hear_elsewhere(doctor: Doctor) -> None:
    """Without --local nobody asks it anything."""
    status, found = await doctor.look(local_text_url="http://127.0.0.1:9/v1", local_text_model="m")
    assert status == 0
    assert list(found) == NAMES


@pytest.mark.parametrize(
    ("wanted", "name", "words", "advice"),
    [
        (
            {"local_text_url": "http://127.0.0.1:9/v1"},
            "text server",
            "127.0.0.1:9 can't be reached",
            "start it",
        ),
        ({"local_text_model": "llama9"}, "text model llama9", "does not know it", DEAF.id),
    ],
)
async def test_a_text_server_that_would_not_answer_fails(
    doctor: Doctor, wanted: dict[str, Any], name: str, words: str, advice: str
) -> None:
    """And says what to do; the recogniser is looked at all the same."""
    status, found = await doctor.look(**writing(doctor, **wanted))
    assert status == 1
    assert found[name][0] == "failed"
    assert words in found[name][1]
    assert advice in found[name][2]
    assert [n for n, (grade, _, _) in found.items() if grade == "failed"] == [name]


@pytest.mark.parametrize(
    ("key", "words"), [(SecretStr("hunter2"), "refuses the key"), (None, "without a key")]
)
async def test_a_text_servers_key_that_is_refused_fails(
    doctor: Doctor, key: SecretStr | None, words: str
) -> None:
    """It is not shown."""
    doctor.openroute.faults.add("GET", "/models", status=401, body={"error": "no"})
    status, found = await doctor.look(**writing(doctor, local_text_key=key))
    grade, text, advice = found["text server"]
    assert (status, grade) == (1, "failed")
    assert words in text
    assert "LOCAL_TEXT_KEY" in advice
    assert "hunter2" not in json.dumps(found)


async def test_a_text_server_without_a_list_is_pointed_out(doctor: Doctor) -> None:
    """Most have one, so the address may lack its end."""
    doctor.openroute.faults.add("GET", "/models", status=404, body=b"404 page not found")
    status, found = await doctor.look(**writing(doctor))
    grade, text, advice = found[f"text model {DEAF.id}"]
    assert (status, grade) == (0, "warning")
    assert "404" in text
    assert "/v1" in advice


@pytest.mark.parametrize(
    ("body", "grade", "words"),
    [
        ({"object": "list", "data": [{"id": "llama3.2:latest"}]}, "ok", ""),
        ({"object": "list", "data": [{"id": "evil\nname"}, {"id": "qwen3"}, 5]}, "failed", "it has: qwen3"),
        ({"object": "list", "data": []}, "failed", "load it there"),
    ],
)
async def test_text_models_are_told_as_their_servers_name_them(
    doctor: Doctor, body: object, grade: str, words: str
) -> None:
    """Ollama leaves out what it adds itself; what is no name is not repeated."""
    doctor.openroute.faults.add("GET", "/models", body=body)
    _, found = await doctor.look(**writing(doctor, local_text_model="llama3.2"))
    assert found["text model llama3.2"][0] == grade
    assert words in found["text model llama3.2"][2]
    assert "evil" not in found["text model llama3.2"][2]


def behind(doctor: Doctor, proxy: ProxyServer) -> dict[str, Any]:
    """Settings by which both stand-ins are reached through `proxy` alone."""
    discord, openroute = URL(doctor.discord.api_url), URL(doctor.openroute.base_url)
    proxy.names = {
        ("discord", 80): ("127.0.0.1", discord.port or 0),
        ("gateway", 80): ("127.0.0.1", discord.port or 0),
        ("cdn", 443): ("127.0.0.1", discord.port or 0),
        ("openroute", 80): ("127.0.0.1", openroute.port or 0),
    }
    doctor.discord.gateway.url = "ws://gateway/gateway"
    return {
        "discord_api_url": f"http://discord{discord.path}",
        "cdn_hosts": ("cdn",),
        "openroute_base_url": f"http://openroute{openroute.path}",
        "http_proxy": SecretStr(proxy.address),
        "https_proxy": SecretStr(proxy.address),
    }


@pytest.mark.parametrize("kind", ["http", "socks5"])
async def test_a_proxy_is_told_with_what_it_is_for(doctor: Doctor, kind: Kind) -> None:
    """And everything is looked at through it."""
    async with ProxyServer(kind, login=("anna", "hunter2-hunter2")) as proxy:
        status, found = await doctor.look(**behind(doctor, proxy))
    assert status == 0
    assert found["proxy"] == (
        "ok",
        f"{kind}://127.0.0.1:{proxy.port} leads to Discord, its gateway, its files, the completion API",
        "",
    )
    assert {grade for grade, _, _ in found.values()} == {"ok"}


async def test_a_proxy_leads_to_the_text_server_too(doctor: Doctor) -> None:
    """And no longer to the completion API, where notes are heard here."""
    async with ProxyServer("http") as proxy:
        settings = behind(doctor, proxy)
        settings["local_text_url"] = settings.pop("openroute_base_url")
        status, found = await doctor.look(**writing(doctor, **settings))
    assert status == 0
    assert found["proxy"][1].endswith("leads to Discord, its gateway, its files, the text server")
    assert found["text server"] == ("ok", "openroute answers", "")


async def test_a_proxy_is_not_told_of_where_nothing_goes_through_it(doctor: Doctor) -> None:
    """This machine is reached directly, so a proxy that is away does no harm."""
    status, found = await doctor.look(
        all_proxy=SecretStr("http://127.0.0.1:9"), cdn_hosts=(doctor.discord.cdn_host,)
    )
    assert status == 0
    assert list(found) == NAMES


@pytest.mark.parametrize("kind", ["http", "socks5"])
async def test_a_proxy_that_refuses_is_told_as_what_keeps_the_others_away(doctor: Doctor, kind: Kind) -> None:
    """Without the name and the password that it refused."""
    async with ProxyServer(kind, login=("anna", "right")) as proxy:
        settings = behind(doctor, proxy)
        wrong = SecretStr(f"{kind}://anna:hunter2-hunter2@127.0.0.1:{proxy.port}")
        settings |= {"http_proxy": wrong, "https_proxy": wrong}
        status, found = await doctor.look(**settings)
    assert status == 1
    told = json.dumps(found)
    assert "hunter2-hunter2" not in told
    assert "anna" not in told
    for name in ("proxy", "endpoint", "discord token"):
        assert found[name][0] == "failed"
        assert "password" in found[name][1] or "authentication" in found[name][1]
    assert "HTTPS_PROXY" in found["proxy"][2]


async def test_a_proxy_that_does_not_get_to_one_of_them_names_it(doctor: Doctor) -> None:
    """The others are told all the same."""
    async with ProxyServer("socks5") as proxy:
        settings = behind(doctor, proxy)
        del proxy.names["cdn", 443]
        status, found = await doctor.look(**settings)
    assert status == 1
    grade, text, _ = found["proxy"]
    assert grade == "failed"
    assert "Host unreachable on the way to cdn" in text
    assert [name for name, (grade, _, _) in found.items() if grade == "failed"] == ["proxy"]


async def test_a_server_that_cannot_be_read_hides_no_other(doctor: Doctor) -> None:
    """A type of channel that discord.py does not know yet, or a server that is away, is that server's matter alone."""
    strange: list[dict[str, Any]] = [
        {"id": "5", "type": 99, "guild_id": "1", "name": "new", "position": 0, "permission_overwrites": []}
    ]
    doctor.discord.forbid(
        doctor.discord.add_channel(doctor.discord.add_guild("Quiet"), "a"), Permission.ATTACH_FILES
    )
    troubles: list[dict[str, Any]] = [{"body": strange}, {"status": 403, "body": {"code": 50001}}]
    for trouble in troubles:
        other = doctor.discord.add_guild("Strange")
        doctor.discord.add_channel(other, "b")
        doctor.discord.faults.add("GET", f"/guilds/{other.id}/channels", **trouble)
    status, found = await doctor.look()
    assert status == 0
    assert found["servers"] == (
        "warning",
        "4; nothing is missing in 1 of 2 looked at; Discord does not tell of 2 now",
        "try again in a while",
    )
    assert "Attach Files in #a" in found["server Quiet"][1]


async def test_a_server_without_channels_is_nothing_to_mend(doctor: Doctor) -> None:
    """One whose channels are all hidden is."""
    doctor.discord.add_guild("Empty")
    hidden = doctor.discord.add_guild("Hidden")
    doctor.discord.forbid(doctor.discord.add_channel(hidden, "a"), Permission.VIEW_CHANNEL)
    _, found = await doctor.look()
    assert "server Empty" not in found
    assert "View Channel" in found["server Hidden"][2]


async def test_hosts_that_keep_silent_are_told_of_within_ten_seconds(doctor: Doctor) -> None:
    """Each request of a row is held back; and a database server that takes connections and says nothing."""

    async def silence(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        connected.append(writer)
        await reader.read()

    connected: list[asyncio.StreamWriter] = []
    never = asyncio.Event()
    guild = doctor.discord.add_guild("Slow")
    doctor.discord.faults.add("GET", f"/guilds/{guild.id}", times=None, hold=never)
    doctor.openroute.faults.add("GET", "/key", times=None, hold=never)
    server = await asyncio.start_server(silence, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    began = time.monotonic()
    _, found = await doctor.look(database_url=f"postgresql://u:hunter2@127.0.0.1:{port}/e")
    took = time.monotonic() - began
    never.set()
    server.close()
    for writer in connected:
        writer.close()
        await writer.wait_closed()
    assert took < 11  # the machine of the tests may be busy
    assert "Discord does not tell of 1 now" in found["servers"][1]
    assert found["key"][0] == "warning"
    assert found["database"][:2] == ("failed", "127.0.0.1 does not answer in time")


async def test_names_do_nothing_to_a_terminal(doctor: Doctor, capsys: pytest.CaptureFixture[str]) -> None:
    """Whoever they come from: the application's, a server's, a model's."""
    doctor.discord.application.name = "Ear\x1b[31mshot\u202e"
    doctor.discord.add_channel(doctor.discord.add_guild("W\u2066\nok  servers: 9"), "general")
    with structlog.testing.capture_logs():
        await check(doctor.settings(), as_json=False)
    out = capsys.readouterr().out
    assert all(line.isprintable() for line in out.splitlines())
    assert "Ear [31mshot" in out
