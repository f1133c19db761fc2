"""The kinds of values that environment variables have: how each is read, and what is wrong with one that can't be."""

from __future__ import annotations

import unicodedata
from typing import Annotated
from urllib.parse import urlsplit

from pydantic import AfterValidator, BeforeValidator, SecretStr
from pydantic_settings import NoDecode
from sqlalchemy.engine import make_url
from sqlalchemy.exc import ArgumentError

from bot import proxies, rules
from bot.hosts import is_private


def _split(value: object) -> object:
    if isinstance(value, str):
        return tuple(part.strip() for part in value.split(",") if part.strip())
    return value


def _split_anywhere(value: object) -> object:
    return _split(",".join(value.split())) if isinstance(value, str) else value


def _pairs(value: object) -> object:
    if not isinstance(value, str):
        return value
    pairs = [pair.partition("=") for pair in value.split(";") if pair.strip()]
    return {name.strip().lower(): text.strip() for name, _, text in pairs}


def _address(value: str | None) -> str | None:
    if value is None:
        return None
    parts = urlsplit(value)
    try:
        usable = parts.scheme in {"http", "https"} and parts.hostname and parts.port != 0
    except ValueError:  # the port is no number
        usable = False
    if not usable or not parts.hostname:
        raise ValueError("it must be an address such as https://host/api/v1")
    if "@" in parts.netloc:
        raise ValueError("it must not hold a user's name or password")
    if parts.scheme == "http" and not is_private(parts.hostname):
        raise ValueError("plain http would send the key and all words in the clear: use https")
    return value.rstrip("/")


def _unset_if_blank(value: object) -> object:
    return (value.strip() or None) if isinstance(value, str) else value


def _one_line(value: object) -> object:
    # What stands in a header or an address.
    if isinstance(value, str) and any(unicodedata.category(sign) in {"Cc", "Cs"} for sign in value.strip()):
        raise ValueError("it must be one line, without control characters")
    return value


def _proxy(value: SecretStr | None) -> SecretStr | None:
    if value is not None:
        proxies.parse(value.get_secret_value())
    return value


def _known_formats(value: tuple[str, ...]) -> tuple[str, ...]:
    known = {"wav", "mp3", "ogg", "flac", "m4a", "aac", "aiff"}
    formats = tuple(part.lower() for part in value)
    if unknown := sorted(set(formats) - known):
        raise ValueError(f"{', '.join(unknown)} is none of {', '.join(sorted(known))}")
    if not {"wav", "mp3"} & set(formats):
        raise ValueError("it must name wav or mp3, since other files are turned into one of them")
    return formats


def _settings_there_are(value: dict[str, str]) -> dict[str, str]:
    for name, text in value.items():
        setting = rules.named(name)
        if setting is None:
            raise ValueError(f"there is no setting {name}")
        if setting.variable:
            raise ValueError(f"{name} has a variable of its own: {setting.variable.upper()}")
        try:
            setting.kind.read(text)
        except rules.Unusable:
            raise ValueError(f"that is no value for {name}") from None
    return value


def _database(value: str) -> str:
    # What some hosts put into the environment.
    if value.startswith("postgres://"):
        value = value.replace("postgres://", "postgresql://", 1)
    if not value.startswith(("sqlite:///", "postgresql://")):
        raise ValueError("it must begin with sqlite:/// or postgresql://")
    try:
        make_url(value)
    except (ArgumentError, ValueError):
        raise ValueError("it must be an address such as postgresql://USER:PASSWORD@HOST/NAME") from None
    return value


CommaList = Annotated[tuple[str, ...], NoDecode, BeforeValidator(_split)]
"""Texts, separated by commas."""
CommaInts = Annotated[tuple[int, ...], NoDecode, BeforeValidator(_split)]
"""Whole numbers, separated by commas."""
HostList = Annotated[tuple[str, ...], NoDecode, BeforeValidator(_split_anywhere)]
"""Hosts, separated by commas or by white space."""
AudioFormats = Annotated[CommaList, AfterValidator(_known_formats)]
"""Formats of audio, separated by commas: wav or mp3 at least."""
RuleValues = Annotated[dict[str, str], NoDecode, BeforeValidator(_pairs), AfterValidator(_settings_there_are)]
"""Values of servers' settings by their names, as `name=value; name=value`."""
Line = Annotated[str, BeforeValidator(_one_line)]
"""A text of one line, without control characters: it stands in a header, in an address or in a message."""
LineOrNone = Annotated[str | None, BeforeValidator(_unset_if_blank), BeforeValidator(_one_line)]
"""Likewise; None if it is blank."""
SecretLine = Annotated[SecretStr | None, BeforeValidator(_unset_if_blank), BeforeValidator(_one_line)]
"""Likewise, and not to be shown."""
Address = Annotated[Line, AfterValidator(_address)]
"""Where a server is: https, or plain http in a private network; without the slash at its end."""
AddressOrNone = Annotated[LineOrNone, AfterValidator(_address)]
"""Likewise; None if it is blank."""
DatabaseAddress = Annotated[Line, AfterValidator(_database)]
"""`sqlite:///PATH` or `postgresql://…`."""
ProxyAddress = Annotated[SecretLine, AfterValidator(_proxy)]
"""Where a proxy is, with the name and password for it."""
