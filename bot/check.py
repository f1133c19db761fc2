"""`python -m bot check`: looks whether everything is set up, and prints a line for each thing with what to do about it."""

from __future__ import annotations

import asyncio
import dataclasses
import itertools
import json
import shutil
import tempfile
import wave
from dataclasses import dataclass
from datetime import UTC, date, datetime
from enum import StrEnum
from typing import TYPE_CHECKING, Any, cast
from urllib.parse import urlsplit

import aiohttp
from sqlalchemy.engine import make_url

from bot import connections, errors, storage
from bot.audio import Decoders, scratch
from bot.local import RecogniserError, recogniser
from bot.routes import routes
from bot.terminal import answer

if TYPE_CHECKING:
    from collections.abc import Mapping

    from pydantic import SecretStr

    from bot.settings import Settings

_TIMEOUT = aiohttp.ClientTimeout(total=15)
_CONTENT_INTENT = 1 << 18 | 1 << 19
"""Application flags: the message content intent, for large and for small bots."""
_SPARE_BYTES = 1_000_000_000
_WARN_DAYS = 90
_HTTP_OK = 200
_HTTP_UNAUTHORIZED = 401


class Grade(StrEnum):
    """How a thing stands."""

    OK = "ok"
    WARNING = "warning"
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing looked at. `advice` says what to do where it is not ok."""

    name: str
    grade: Grade
    text: str
    advice: str = ""


async def check(settings: Settings, *, as_json: bool, local: bool = False) -> int:
    """Look at everything and print it; the exit status: 1 if anything failed, else 0.

    Args:
        settings: what to look at.
        as_json: print JSON.
        local: look at the recogniser on this machine instead of the completion API.

    Raises:
        OutputLostError: there is nobody to print for.
    """
    async with connections.session(settings.proxies, timeout=_TIMEOUT) as session:
        groups = await asyncio.gather(
            _proxies(session, settings, local=local),
            _recogniser(settings) if local else endpoint(session, settings),
            _discord(session, settings),
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
            answer(f"{finding.grade.value:8} {finding.name}: {finding.text}{advice}")
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


async def _recogniser(settings: Settings) -> list[Finding]:
    """Have the recogniser load its model."""
    try:
        async with recogniser(settings) as ready:
            return [Finding("recogniser", Grade.OK, f"loads {ready.openroute_model}; no key is needed")]
    except RecogniserError as error:
        advice = "install it with: pip install -r requirements-local.txt"
        return [Finding("recogniser", Grade.FAILED, " ".join(str(error).split()), advice)]


async def endpoint(session: aiohttp.ClientSession, settings: Settings) -> list[Finding]:
    """Look at the key, the endpoint and the models. An endpoint that does not serve `/key` or `/models` is fine."""
    base, host = settings.openroute_base_url, urlsplit(settings.openroute_base_url).netloc
    headers: dict[str, str] = {}
    findings: list[Finding] = []
    if settings.openroute_api_key is None:
        findings.append(
            Finding(
                "key",
                Grade.FAILED,
                "OPENROUTE_API_KEY is not set",
                "put a key into .env, or run with --local",
            )
        )
    else:
        headers["Authorization"] = f"Bearer {settings.openroute_api_key.get_secret_value()}"
    try:
        models_status, models = await _get(session, f"{base}/models?input_modalities=audio", headers)
    except (aiohttp.ClientError, OSError) as error:
        advice = "check OPENROUTE_BASE_URL and this machine's network"
        return [
            *findings,
            Finding("endpoint", Grade.FAILED, f"{host} can't be reached ({_reason(error)})", advice),
        ]
    findings.append(Finding("endpoint", Grade.OK, f"{host} answers"))
    if settings.openroute_api_key is not None:
        findings.append(await _key(session, base, host, headers))
    configured = (settings.openroute_model, *settings.openroute_fallback_models)
    return [*findings, *(_model(model, models_status, models) for model in configured)]


async def _key(session: aiohttp.ClientSession, base: str, host: str, headers: Mapping[str, str]) -> Finding:
    try:
        status, data = await _get(session, f"{base}/key", headers)
    except (aiohttp.ClientError, OSError) as error:
        return Finding("key", Grade.WARNING, f"could not be asked about ({_reason(error)})", "try again")
    if status in {401, 403}:
        advice = "copy it again; other services name their keys OPENROUTE_API_KEY, too"
        return Finding("key", Grade.FAILED, f"{host} refused it", advice)
    if status != _HTTP_OK:
        return Finding("key", Grade.OK, f"set; {host} does not tell about keys (status {status})")
    left = _mapping(_mapping(data).get("data")).get("limit_remaining")
    if isinstance(left, int | float):
        if left <= 0:
            return Finding(
                "key", Grade.FAILED, "accepted, but its credit is used up", "add credit to the account"
            )
        return Finding("key", Grade.OK, f"accepted; {left:g} credits left")
    return Finding("key", Grade.OK, "accepted")


def _model(model: str, status: int, data: object) -> Finding:
    name = f"model {model}"
    listed = _mapping(data).get("data")
    if status != _HTTP_OK or not isinstance(listed, list):
        return Finding(name, Grade.OK, f"not looked up: the endpoint has no list of models (status {status})")
    entry = next(
        (each for each in map(_mapping, cast("list[object]", listed)) if each.get("id") == model), None
    )
    if entry is None:
        return Finding(
            name,
            Grade.FAILED,
            "not among the endpoint's models that hear audio",
            "set OPENROUTE_MODEL (or OPENROUTE_FALLBACK_MODELS) to one of them",
        )
    modalities = _mapping(entry.get("architecture")).get("input_modalities")
    if isinstance(modalities, list) and "audio" not in modalities:
        return Finding(
            name, Grade.FAILED, "it does not hear audio", "choose a model with audio among its inputs"
        )
    return _retirement(name, entry.get("expiration_date"))


def _retirement(name: str, told: object) -> Finding:
    try:
        end = date.fromisoformat(str(told)[:10])
    except ValueError:
        return Finding(name, Grade.OK, "hears audio")
    days = (end - datetime.now(UTC).date()).days
    if days > _WARN_DAYS:
        return Finding(name, Grade.OK, f"hears audio; retires on {end}")
    text = f"retires on {end}" if days > 0 else f"was to retire on {end}"
    return Finding(name, Grade.WARNING, f"hears audio, but {text}", "put its successor in its place")


async def _discord(session: aiohttp.ClientSession, settings: Settings) -> list[Finding]:
    if settings.discord_token is None:
        return [
            Finding(
                "discord token", Grade.FAILED, "DISCORD_TOKEN is not set", "copy it from the developer portal"
            )
        ]
    headers = {"Authorization": f"Bot {_text(settings.discord_token)}"}
    try:
        status, data = await _get(session, f"{settings.discord_api_url}/applications/@me", headers)
    except (aiohttp.ClientError, OSError) as error:
        return [
            Finding(
                "discord token",
                Grade.FAILED,
                f"Discord can't be reached ({_reason(error)})",
                "try again",
            )
        ]
    if status not in {_HTTP_OK, _HTTP_UNAUTHORIZED}:
        text = f"not looked up: Discord answers with status {status}"
        return [Finding("discord token", Grade.FAILED, text, "try again in a while")]
    if status != _HTTP_OK:
        advice = "copy it again from the developer portal, page Bot"
        return [Finding("discord token", Grade.FAILED, f"Discord refused it (status {status})", advice)]
    application = _mapping(data)
    findings = [Finding("discord token", Grade.OK, f"belongs to {application.get('name')}")]
    flags = application.get("flags")
    if isinstance(flags, int) and flags & _CONTENT_INTENT:
        return [*findings, Finding("message content intent", Grade.OK, "switched on")]
    text = "off: notes in servers are answered only when asked for"
    return [
        *findings,
        Finding("message content intent", Grade.WARNING, text, "switch it on in the portal, page Bot"),
    ]


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
    try:
        async with storage.opened(settings.database_url):
            findings.append(Finding("database", Grade.OK, str(make_url(settings.database_url).database)))
    except storage.DatabaseInUseError:
        text = f"{make_url(settings.database_url).database} is in use by an Earshot that is running: fine"
        findings.append(Finding("database", Grade.OK, text))
    except storage.DatabaseError as error:
        advice = "set DATABASE_URL to a file in a folder this user may write to, or to a PostgreSQL database"
        findings.append(Finding("database", Grade.FAILED, str(error), advice))
    free = shutil.disk_usage(tempfile.gettempdir()).free
    text = f"{free / 1e9:.1f} GB free for temporary files"
    if free < _SPARE_BYTES:
        return [*findings, Finding("disk", Grade.WARNING, text, "free some, or point TMPDIR elsewhere")]
    return [*findings, Finding("disk", Grade.OK, text)]


def _reason(error: Exception) -> str:
    return str(error) if isinstance(error, connections.ProxyFailedError) else type(error).__name__


async def _get(session: aiohttp.ClientSession, url: str, headers: Mapping[str, str]) -> tuple[int, object]:
    async with session.get(url, headers=headers, allow_redirects=False) as response:
        body = await response.read()
    try:
        return response.status, json.loads(body)
    except ValueError:
        return response.status, None


def _text(secret: SecretStr) -> str:
    return secret.get_secret_value()


def _mapping(value: object) -> Mapping[str, Any]:
    return cast("Mapping[str, Any]", value) if isinstance(value, dict) else {}
