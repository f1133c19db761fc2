"""The real completion API, for a demo in which it takes the stand-in's place: the settings of it that are set here."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from dotenv import dotenv_values

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

_KEY = "OPENROUTE_API_KEY"
_BEGINNINGS = ("OPENROUTE_", "PROVIDER_", "APP_", "FALLBACK_")
_OTHERS = {
    "AUDIO_FORMATS",
    "MAX_REQUEST_MB",
    "MAX_TOKENS",
    "OFFERED_MODELS",
    "PROMPT",
    "ALL_PROXY",
    "HTTP_PROXY",
    "HTTPS_PROXY",
    "NO_PROXY",
}


def real_endpoint(folder: Path, environment: Mapping[str, str] = os.environ) -> dict[str, str] | None:
    """The bot's settings that concern the API, from the environment or else from `.env` in a folder; None without a key."""
    filed = {name: value for name, value in dotenv_values(folder / ".env").items() if value is not None}
    settings = {**filed, **environment}
    if not settings.get(_KEY):
        return None
    return {
        name: value
        for name, value in settings.items()
        if value and (name.upper() in _OTHERS or name.startswith(_BEGINNINGS))
    }
