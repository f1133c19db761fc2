"""`python -m bot check`: looks whether everything is set up, and prints a line for each thing with what to do about it."""

from __future__ import annotations

import asyncio
import contextlib
import dataclasses
import itertools
import json
import os
import shutil
import tempfile
import time
import wave
from email.utils import parsedate_to_datetime
from pathlib import Path
from typing import TYPE_CHECKING

import aiohttp
from sqlalchemy.engine import make_url

from bot import connections, errors, storage
from bot.audio import Decoders, scratch
from bot.client import InspectedServer, Inspection, NotInspectedError, inspected
from bot.endpoints import Finding, Grade, ask, endpoint, mapping, reason_of, text_server
from bot.local import RecogniserError, recogniser
from bot.routes import routes
from bot.terminal import answer

if TYPE_CHECKING:
    from collections.abc import Sequence

    from pydantic import SecretStr

    from bot.settings import Settings

_TIMEOUT = aiohttp.ClientTimeout(total=4.5)
"""No more than two requests follow each other, and all is to be told within ten seconds."""
_ROW_SECONDS = 9.0
"""What may be taken by the database, and by all that Discord is asked for, one after the other."""
_CONTENT_INTENT = 1 << 18 | 1 << 19
"""Application flags: the message content intent, for large and for small bots."""
_SPARE_BYTES = 1_000_000_000
_CLOCK_SECONDS = 20.0
"""Discord's ids tell when something was posted; by a clock that is further off, notes seem to be old or not yet posted."""
_BOT_MB, _DECODER_MB = 130, 50
"""What the bot's own process takes, and a decoder at work: see docs/performance.md."""
_FEW_SESSIONS = 50
"""Connections to Discord: the bot needs one at its start, and now and then one when a session is lost."""
_MOST_NAMES = 5
_CGROUP_LIMIT = Path("/sys/fs/cgroup/memory.max")
_HTTP_OK = 200
_HTTP_UNAUTHORIZED = 401


async def check(settings: Settings, *, as_json: bool, local: bool = False) -> int:
    """Look at everything and print it; the exit status: 1 if anything failed, else 0.

    Args:
        settings: what to look at.
        as_json: print JSON.
        local: look at the recogniser on this machine and its text server instead of the completion API.

    Raises:
        OutputLostError: there is nobody to print for.
    """
    async with connections.session(settings.proxies, timeout=_TIMEOUT) as session:
        groups = await asyncio.gather(
            _proxies(session, settings, local=local),
            _heard_here(session, settings) if local else endpoint(session, settings),
            _discord(session, settings),
            _machine(session, settings),
            _decoder(settings),
            _storage(settings),
        )
    findings = [
        Finding("settings", Grade.OK, "every variable that is set can be used"),
        *itertools.chain(*groups),
    ]
    if as_json:
        answer(json.dumps([dataclasses.asdict(finding) for finding in findings]))
    else:
        for finding in findings:
            advice = f" → {finding.advice}" if finding.advice else ""
            answer(_printable(f"{finding.grade.value:8} {finding.name}: {finding.text}{advice}"))
    return int(any(finding.grade is Grade.FAILED for finding in findings))


async def _proxies(session: aiohttp.ClientSession, settings: Settings, *, local: bool) -> list[Finding]:
    return [
        Finding("proxy", Grade.OK, f"{route.proxy} leads to {', '.join(route.purposes)}")
        if route.failure is None
        else Finding(
            "proxy",
            Grade.FAILED,
            f"{route.failure}; it is used for {', '.join(route.purposes)}",
            "check HTTPS_PROXY, HTTP_PROXY and ALL_PROXY; name in NO_PROXY what is reached without one",
        )
        for route in await routes(session, settings, local=local)
    ]


async def _heard_here(session: aiohttp.ClientSession, settings: Settings) -> list[Finding]:
    return [*await _recogniser(settings), *await text_server(session, settings)]


async def _recogniser(settings: Settings) -> list[Finding]:
    """Have the recogniser load its model."""
    try:
        async with recogniser(settings) as ready:
            return [Finding("recogniser", Grade.OK, f"loads {ready.openroute_model}; no key is needed")]
    except RecogniserError as error:
        advice = "install it with: pip install -r requirements-local.txt"
        return [Finding("recogniser", Grade.FAILED, " ".join(str(error).split()), advice)]


async def _discord(session: aiohttp.ClientSession, settings: Settings) -> list[Finding]:
    if settings.discord_token is None:
        return [
            Finding(
                "discord token", Grade.FAILED, "DISCORD_TOKEN is not set", "copy it from the developer portal"
            )
        ]
    headers, began = {"Authorization": f"Bot {_text(settings.discord_token)}"}, time.monotonic()
    try:
        status, data = await ask(session, f"{settings.discord_api_url}/applications/@me", headers)
    except (aiohttp.ClientError, OSError) as error:
        return [
            Finding(
                "discord token",
                Grade.FAILED,
                f"Discord can't be reached ({reason_of(error)})",
                "try again",
            )
        ]
    if status not in {_HTTP_OK, _HTTP_UNAUTHORIZED}:
        text = f"not looked up: Discord answers with status {status}"
        return [Finding("discord token", Grade.FAILED, text, "try again in a while")]
    if status != _HTTP_OK:
        advice = "copy it again from the developer portal, page Bot"
        return [Finding("discord token", Grade.FAILED, f"Discord refused it (status {status})", advice)]
    application = mapping(data)
    return [
        Finding("discord token", Grade.OK, f"belongs to {application.get('name')}"),
        _content_intent(application.get("flags")),
        *await _standing(
            _text(settings.discord_token), settings, seconds=_ROW_SECONDS - (time.monotonic() - began)
        ),
    ]


async def _standing(token: str, settings: Settings, *, seconds: float) -> list[Finding]:
    """Whether the bot can connect, and a finding for each server in which something is missing, and one for all."""
    try:
        found = await inspected(token, settings.discord_api_url, settings.proxies, seconds=seconds)
    except NotInspectedError as error:
        return [Finding("servers", Grade.WARNING, f"not looked up: {error}", "try again in a while")]
    if not found.servers:
        text = "the bot is in none"
        return [_sessions(found), Finding("servers", Grade.WARNING, text, f"invite it: {found.invitation}")]
    troubles = [trouble for each in found.looked_at if (trouble := _server(each, found.invitation))]
    right = len(found.looked_at) - len(troubles)
    text = f"{found.servers}; nothing is missing in {right} of {len(found.looked_at)} looked at"
    summary = Finding("servers", Grade.OK, text)
    if found.untold:
        text = f"{text}; Discord does not tell of {found.untold} now"
        summary = Finding("servers", Grade.WARNING, text, "try again in a while")
    return [_sessions(found), summary, *troubles]


def _sessions(found: Inspection) -> Finding:
    hours = round(found.sessions_renewed / 3600)
    text = f"{found.sessions_left} of {found.sessions} connections to Discord are left; new ones in {hours} h"
    if found.sessions_left > _FEW_SESSIONS:
        return Finding("gateway sessions", Grade.OK, text)
    advice = "look why the bot starts so often: Discord takes the token back from one that uses them up"
    grade = Grade.WARNING if found.sessions_left else Grade.FAILED
    return Finding("gateway sessions", grade, text, advice)


def _server(server: InspectedServer, invitation: str) -> Finding | None:
    name = f"server {_printable(server.name)}"
    if server.channels and not server.seen:
        text = "the bot sees no channel there"
        advice = f"allow it View Channel in those it is to hear, or invite it again: {invitation}"
        return Finding(name, Grade.WARNING, text, advice)
    if not server.missing:
        return None
    told = "; ".join(f"{permission} in {_listed(where)}" for permission, where in server.missing.items())
    advice = f"allow it in the settings of these channels, or invite the bot again: {invitation}"
    return Finding(name, Grade.WARNING, f"lacks {told}", advice)


def _listed(channels: Sequence[str]) -> str:
    shown = ", ".join(f"#{_printable(name)}" for name in channels[:_MOST_NAMES])
    return f"{shown} and {len(channels) - _MOST_NAMES} more" if len(channels) > _MOST_NAMES else shown


def _printable(name: str) -> str:
    """A text that may hold names that people gave: in one line, and nothing that turns a terminal's colours or direction."""
    return "".join(each if each.isprintable() else " " for each in name)


def _content_intent(flags: object) -> Finding:
    if isinstance(flags, int) and flags & _CONTENT_INTENT:
        return Finding("message content intent", Grade.OK, "switched on")
    text = "off: notes in servers are answered only when asked for"
    return Finding("message content intent", Grade.WARNING, text, "switch it on in the portal, page Bot")


async def _machine(session: aiohttp.ClientSession, settings: Settings) -> list[Finding]:
    """Whether the clock is right and there is enough memory; nothing of what can't be told here."""
    return [each for each in (await _clock(session, settings), _memory(settings)) if each is not None]


async def _clock(session: aiohttp.ClientSession, settings: Settings) -> Finding | None:
    try:
        async with session.get(f"{settings.discord_api_url}/gateway", allow_redirects=False) as response:
            told = parsedate_to_datetime(response.headers["Date"]).timestamp()
    except (aiohttp.ClientError, OSError, KeyError, ValueError):
        return None
    ahead = time.time() - told
    if abs(ahead) <= _CLOCK_SECONDS:
        return Finding("clock", Grade.OK, "right")
    text = f"{abs(ahead):.0f} seconds {'ahead of' if ahead > 0 else 'behind'} Discord's"
    return Finding("clock", Grade.WARNING, text, "have it set by NTP")


def _memory(settings: Settings) -> Finding | None:
    """What a container may take or, elsewhere, what the machine has."""
    limits: list[int] = []
    with contextlib.suppress(OSError, ValueError, AttributeError):
        limits.append(os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE"))
    with contextlib.suppress(OSError, ValueError):
        limits.append(int(_CGROUP_LIMIT.read_text()))
    if not limits:
        return None
    here, wanted = min(limits) // 1_000_000, _BOT_MB + settings.decoders * _DECODER_MB
    text = f"{here} MB here; the bot takes some {wanted} MB with {settings.decoders} decoders at work"
    if here >= wanted:
        return Finding("memory", Grade.OK, text)
    return Finding("memory", Grade.WARNING, text, "set DECODERS=1, or give it more")


async def _decoder(settings: Settings) -> list[Finding]:
    """Have a decoder process decode a second of silence."""
    with scratch() as folder:
        source = folder / "silence.wav"
        with wave.open(str(source), "wb") as file:
            file.setparams((1, 2, 48_000, 0, "NONE", "not compressed"))
            file.writeframes(bytes(96_000))
        try:
            async with Decoders.configured(settings) as decoders:
                await decoders.prepare(source, folder)
        except errors.NoSpeech:
            pass  # which is what it is
        except errors.EarshotError as error:
            advice = "raise DECODE_MEMORY_MB, or install the requirements again"
            return [Finding("decoder", Grade.FAILED, f"does not work ({error})", advice)]
    return [Finding("decoder", Grade.OK, "decodes")]


async def _storage(settings: Settings) -> list[Finding]:
    findings: list[Finding] = []
    # A file may have to be brought up to date first, however long that takes.
    limit = None if storage.is_embedded(settings.database_url) else _ROW_SECONDS
    try:
        async with asyncio.timeout(limit), storage.opened(settings.database_url):
            findings.append(Finding("database", Grade.OK, str(make_url(settings.database_url).database)))
    except storage.DatabaseInUseError:
        text = f"{make_url(settings.database_url).database} is in use by an Earshot that is running: fine"
        findings.append(Finding("database", Grade.OK, text))
    except storage.DatabaseError as error:
        advice = "set DATABASE_URL to a file in a folder this user may write to, or to a PostgreSQL database"
        findings.append(Finding("database", Grade.FAILED, str(error), advice))
    except TimeoutError:
        text = f"{make_url(settings.database_url).host} does not answer in time"
        advice = "check DATABASE_URL, and whether the server lets this machine in"
        findings.append(Finding("database", Grade.FAILED, text, advice))
    free = shutil.disk_usage(tempfile.gettempdir()).free
    text = f"{free / 1e9:.1f} GB free for temporary files"
    if free < _SPARE_BYTES:
        return [*findings, Finding("disk", Grade.WARNING, text, "free some, or point TMPDIR elsewhere")]
    return [*findings, Finding("disk", Grade.OK, text)]


def _text(secret: SecretStr) -> str:
    return secret.get_secret_value()
