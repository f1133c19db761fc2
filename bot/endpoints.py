"""What servers that notes are answered by say of themselves, asked without any cost: keys, models, and whether they are there."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import UTC, date, datetime
from enum import StrEnum
from typing import TYPE_CHECKING, Any, cast
from urllib.parse import urlsplit

import aiohttp

from bot import connections, successors

if TYPE_CHECKING:
    from collections.abc import Mapping

    from bot.settings import Settings

_WARN_DAYS = 90
_MOST_NAMES = 5
"""Of models, in one line of advice."""
_HTTP_OK = 200


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
        models_status, models = await ask(session, f"{base}/models?input_modalities=audio", headers)
    except (aiohttp.ClientError, OSError) as error:
        advice = "check OPENROUTE_BASE_URL and this machine's network"
        return [
            *findings,
            Finding("endpoint", Grade.FAILED, f"{host} can't be reached ({reason_of(error)})", advice),
        ]
    findings.append(Finding("endpoint", Grade.OK, f"{host} answers"))
    if settings.openroute_api_key is not None:
        findings.append(await _key(session, base, host, headers))
    configured = dict.fromkeys(
        (settings.openroute_model, *settings.fallback_models, *settings.offered_models)
    )
    looked_up = [_model(model, models_status, models) for model in configured]
    findings += looked_up
    if settings.finds_successors and looked_up[0].grade is not Grade.OK:
        findings.append(_successor(settings, models))
    return findings


def _successor(settings: Settings, models: object) -> Finding:
    """What `auto` would take in place of the model."""
    found = successors.candidates(
        models,
        settings.openroute_model,
        most=settings.fallback_max_price,
        today=datetime.now(UTC).date(),
    )
    if not found:
        text = "no model here could answer in its place"
        return Finding("fallback auto", Grade.FAILED, text, "set OPENROUTE_MODEL to a model that hears audio")
    return Finding("fallback auto", Grade.OK, f"once it is gone, {found[0].model} answers in its place")


async def _key(session: aiohttp.ClientSession, base: str, host: str, headers: Mapping[str, str]) -> Finding:
    try:
        status, data = await ask(session, f"{base}/key", headers)
    except (aiohttp.ClientError, OSError) as error:
        return Finding("key", Grade.WARNING, f"could not be asked about ({reason_of(error)})", "try again")
    if status in {401, 403}:
        advice = "copy it again; other services name their keys OPENROUTE_API_KEY, too"
        return Finding("key", Grade.FAILED, f"{host} refused it", advice)
    if status != _HTTP_OK:
        return Finding("key", Grade.OK, f"set; {host} does not tell about keys (status {status})")
    left = mapping(mapping(data).get("data")).get("limit_remaining")
    if isinstance(left, int | float):
        if left <= 0:
            return Finding(
                "key", Grade.FAILED, "accepted, but its credit is used up", "add credit to the account"
            )
        return Finding("key", Grade.OK, f"accepted; {left:g} credits left")
    return Finding("key", Grade.OK, "accepted")


def _model(model: str, status: int, data: object) -> Finding:
    name = f"model {model}"
    listed = mapping(data).get("data")
    if status != _HTTP_OK or not isinstance(listed, list):
        return Finding(name, Grade.OK, f"not looked up: the endpoint has no list of models (status {status})")
    entry = next(
        (each for each in map(mapping, cast("list[object]", listed)) if each.get("id") == model), None
    )
    if entry is None:
        return Finding(
            name,
            Grade.FAILED,
            "not among the endpoint's models that hear audio",
            "put one of them in its place: OPENROUTE_MODEL, OPENROUTE_FALLBACK_MODELS, OFFERED_MODELS",
        )
    modalities = mapping(entry.get("architecture")).get("input_modalities")
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


async def text_server(session: aiohttp.ClientSession, settings: Settings) -> list[Finding]:
    """Look whether the text server is there, takes the key and knows the model; nothing where none is set."""
    base, model = settings.local_text_url, settings.local_text_model
    if base is None or model is None:
        return []
    host = urlsplit(base).netloc
    headers: dict[str, str] = {}
    if settings.local_text_key is not None:
        headers["Authorization"] = f"Bearer {settings.local_text_key.get_secret_value()}"
    try:
        status, data = await ask(session, f"{base}/models", headers)
    except (aiohttp.ClientError, OSError) as error:
        advice = "start it, or check LOCAL_TEXT_URL; until then prompts get transcripts, with a remark"
        return [Finding("text server", Grade.FAILED, f"{host} can't be reached ({reason_of(error)})", advice)]
    if status in {401, 403}:
        text = f"{host} refuses {'the key' if headers else 'to be asked without a key'} (status {status})"
        return [Finding("text server", Grade.FAILED, text, "check LOCAL_TEXT_KEY")]
    return [
        Finding("text server", Grade.OK, f"{host} answers"),
        _text_model(f"text model {model}", model, status, data),
    ]


def _text_model(name: str, model: str, status: int, data: object) -> Finding:
    listed = mapping(data).get("data")
    if status != _HTTP_OK or not isinstance(listed, list):
        text = f"not looked up: the text server has no list of models (status {status})"
        return Finding(name, Grade.WARNING, text, "check LOCAL_TEXT_URL: most servers' addresses end in /v1")
    names = [str(mapping(each).get("id")) for each in cast("list[object]", listed)]
    # Ollama completes names like this.
    if model in names or f"{model}:latest" in names:
        return Finding(name, Grade.OK, "the text server knows it")
    offered = ", ".join(each for each in names[:_MOST_NAMES] if each.isprintable())
    advice = (
        f"load it there, or set LOCAL_TEXT_MODEL to one it has: {offered}" if offered else "load it there"
    )
    return Finding(name, Grade.FAILED, "the text server does not know it", advice)


def reason_of(error: Exception) -> str:
    """Why a server can't be reached, in a few words."""
    return str(error) if isinstance(error, connections.ProxyFailedError) else type(error).__name__


async def ask(session: aiohttp.ClientSession, url: str, headers: Mapping[str, str]) -> tuple[int, object]:
    """Status and parsed body of a page; None for a body that is no JSON.

    Raises:
        aiohttp.ClientError, OSError: the server can't be reached.
    """
    async with session.get(url, headers=headers, allow_redirects=False) as response:
        body = await response.read()
    try:
        return response.status, json.loads(body)
    except ValueError:
        return response.status, None


def mapping(value: object) -> Mapping[str, Any]:
    """`value` if it is an object with fields, else an empty one."""
    return cast("Mapping[str, Any]", value) if isinstance(value, dict) else {}
