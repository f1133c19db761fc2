"""Every setting: an environment variable each, described, checked once at start, frozen."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Literal

from dotenv import load_dotenv
from pydantic import Field, PrivateAttr, SecretStr, ValidationError, field_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

from bot import prompts, proxies
from bot.variables import (  # noqa: TC001 - pydantic reads the annotations
    Address,
    AddressOrNone,
    AudioFormats,
    CommaInts,
    CommaList,
    DatabaseAddress,
    HostList,
    Line,
    LineOrNone,
    ProxyAddress,
    RuleValues,
    SecretLine,
)

if TYPE_CHECKING:
    from pydantic import ValidationInfo

DEFAULT_BASE_URL = "https://www.openroute.cn/api/v1"
DEFAULT_MODEL = "google/gemini-2.5-flash"
DEFAULT_PROMPT = prompts.TRANSCRIBE
DISCORD_API_URL = "https://discord.com/api/v10"

_WRITTEN_EITHER_WAY = {"https_proxy", "http_proxy", "all_proxy", "no_proxy"}
"""Other programs read these, too, and people write them in small letters as often as in capitals."""


class SettingsError(Exception):
    """The environment holds something unusable; the text is one sentence a variable."""


class Settings(BaseSettings):
    """The environment, read. Field names in capitals are the variables' names."""

    model_config = SettingsConfigDict(
        frozen=True,
        extra="ignore",
        env_ignore_empty=True,
        populate_by_name=True,
        str_strip_whitespace=True,
        allow_inf_nan=False,
    )

    discord_token: SecretLine = Field(
        default=None, description="The bot's token from Discord's developer portal. Needed to run the bot."
    )
    openroute_api_key: SecretLine = Field(
        default=None, description="The key for the completion API. Not needed with `--local`."
    )
    openroute_base_url: Address = Field(
        default=DEFAULT_BASE_URL,
        description="Where the completion API lives; any server that speaks OpenRouter's or OpenAI's format.",
    )
    openroute_model: str = Field(
        default=DEFAULT_MODEL, description="The model that hears the notes. It must take audio input."
    )
    openroute_fallback_models: CommaList = Field(
        default=("auto",),
        description="Models to try in turn when the first cannot answer, separated by commas. `auto`: where the model is "
        "unknown, retired or deaf, one that the endpoint lists, of the same family if there is one. `none`: no other.",
    )
    fallback_max_price: float = Field(
        default=3,
        gt=0,
        description="How many times as dear per second of audio a model that `auto` finds may be.",
    )
    offered_models: CommaList = Field(
        default=(),
        description="Models that servers may choose instead of `OPENROUTE_MODEL`, separated by commas.",
    )
    local_text_url: AddressOrNone = Field(
        default=None,
        description="With `--local`: a text server in OpenAI's format (Ollama, llama.cpp) that does what prompts ask for with "
        "what was heard, such as `http://127.0.0.1:11434/v1`. Unset: notes are transcribed, and nothing else.",
    )
    local_text_model: LineOrNone = Field(
        default=None,
        validate_default=True,
        description="The model on that server. Needed where there is one.",
    )
    local_text_key: SecretLine = Field(
        default=None, description="The key for that server, if it asks for one."
    )
    prompt: str = Field(
        default=DEFAULT_PROMPT,
        max_length=prompts.MOST_CHARACTERS,
        description="What the model is asked, where neither server, channel nor command says otherwise.",
    )
    audio_formats: AudioFormats = Field(
        default=("wav", "mp3"),
        description="Formats the endpoint takes, of wav, mp3, ogg, flac, m4a, aac, aiff. Files in one of them "
        "are sent untouched; all others become wav or mp3.",
    )
    max_minutes: float = Field(default=180, gt=0, description="Longest note answered, in minutes.")
    part_minutes: float = Field(
        default=15,
        ge=0.5,
        description="Notes longer than this are cut in pauses and heard in parts, in minutes.",
    )
    max_file_mb: float = Field(default=100, gt=0, description="Largest file downloaded, in MB (10⁶ bytes).")
    max_request_mb: float = Field(
        default=18, gt=0.1, description="Largest request sent to the endpoint, in MB, base64 included."
    )
    max_tokens: int | None = Field(
        default=None, gt=0, description="Longest answer, in tokens. Unset: the model's own limit."
    )
    provider_data_collection: Literal["allow", "deny"] | None = Field(
        default=None, description="`deny`: only providers that keep nothing for training (OpenRouter only)."
    )
    provider_zdr: bool = Field(
        default=False, description="Only providers with zero data retention (OpenRouter only)."
    )
    app_url: LineOrNone = Field(
        default=None, description="Sent as `HTTP-Referer`, for the endpoint's rankings."
    )
    app_title: LineOrNone = Field(default=None, description="Sent as `X-Title`, for the endpoint's rankings.")
    notes_at_once: int = Field(
        default=8, gt=0, description="Notes worked on at the same time, by each process that works."
    )
    notes_at_once_per_server: int = Field(
        default=4, gt=0, description="Messages with notes of one server worked on at the same time."
    )
    catch_up_hours: float = Field(
        default=24,
        ge=0,
        description="How far back notes are looked for that were posted while the bot was away.",
    )
    questions: Literal["mention", "always", "off"] = Field(
        default="mention",
        description="Which messages in a thread on a note are answered as questions about it: those that mention the bot "
        "or reply to it, all that are no reply to a person, or none.",
    )
    notice: Line = Field(
        default="on",
        max_length=300,
        description="The line under the first answer in each channel that says where recordings go: `on`, `off`, or one line of "
        "your own.",
    )
    budget_person_day_minutes: float | None = Field(
        default=None,
        ge=0,
        description="Minutes of audio that each person may have answered in a day (UTC), wherever they ask. Unset: no limit.",
    )
    budget_server_day_minutes: float | None = Field(
        default=None,
        ge=0,
        description="Minutes of audio that each server may have answered in a day. Unset: no limit.",
    )
    budget_server_month_minutes: float | None = Field(
        default=None,
        ge=0,
        description="Minutes of audio that each server may have answered in a month. Unset: no limit.",
    )
    budget_day_minutes: float | None = Field(
        default=None,
        ge=0,
        description="Minutes of audio that the whole bot answers in a day. Unset: no limit.",
    )
    budget_month_minutes: float | None = Field(
        default=None,
        ge=0,
        description="Minutes of audio that the whole bot answers in a month. Unset: no limit.",
    )
    budget_person_day_cost: float | None = Field(
        default=None,
        ge=0,
        description="What each person may cost in a day, in the endpoint's credits. Unset: no limit.",
    )
    budget_server_day_cost: float | None = Field(
        default=None,
        ge=0,
        description="What each server may cost in a day, in the endpoint's credits. Unset: no limit.",
    )
    budget_server_month_cost: float | None = Field(
        default=None,
        ge=0,
        description="What each server may cost in a month, in the endpoint's credits. Unset: no limit.",
    )
    budget_day_cost: float | None = Field(
        default=None,
        ge=0,
        description="What the whole bot may cost in a day, in the endpoint's credits. Unset: no limit.",
    )
    budget_month_cost: float | None = Field(
        default=None,
        ge=0,
        description="What the whole bot may cost in a month, in the endpoint's credits. Unset: no limit.",
    )
    server_settings: RuleValues = Field(
        default_factory=dict,
        description="What holds in servers that have not set it themselves, such as `listening=off; footer=model,cost`: names "
        "and values as in docs/settings.md.",
    )
    keep_days: float = Field(
        default=30,
        gt=0,
        description="How long it is kept which notes were answered, and at what cost, in days.",
    )
    shard_count: int | None = Field(
        default=None, gt=0, description="Discord shards in all. Unset: as many as Discord advises."
    )
    shard_ids: CommaInts = Field(
        default=(), description="The shards of this process, separated by commas. Unset: all of them."
    )
    decoders: int = Field(default=2, gt=0, le=64, description="Decoder processes, at most.")
    decode_seconds: float = Field(
        default=300, gt=0, description="Time limit for decoding one file, in seconds."
    )
    decode_memory_mb: int = Field(
        default=384,
        ge=256,
        le=65_536,
        description="Memory limit of each decoder process, in MB (where the system has one).",
    )
    answer_seconds: float = Field(
        default=600,
        gt=0,
        description="Time limit for the whole of the model's answer to one note (or one part of a long one), in seconds: "
        "retries, fallback models and going on included.",
    )
    keep_trying_minutes: float = Field(
        default=60,
        ge=0,
        description="How long a posted note waits for an endpoint that is away or busy, before its author is told to "
        "try again.",
    )
    shutdown_seconds: float = Field(
        default=15,
        gt=0,
        description="How long notes in hand may take to finish after SIGTERM, in seconds; a worker of a fleet takes 5 at most.",
    )
    database_url: DatabaseAddress = Field(
        default="sqlite:///earshot.db",
        repr=False,  # it may hold a password
        description="Where notes in hand and servers' prompts are kept: `sqlite:///PATH`, or `postgresql://USER:PASSWORD@HOST/NAME` for a fleet.",
    )
    discord_api_url: Address = Field(
        default=DISCORD_API_URL, description="Discord's REST API, for stand-ins."
    )
    cdn_hosts: CommaList = Field(
        default=("cdn.discordapp.com", "media.discordapp.net"),
        description="Hosts files may be downloaded from, separated by commas. Plain http on loopback only.",
    )
    https_proxy: ProxyAddress = Field(
        default=None,
        description="The proxy for encrypted connections: `http://HOST:PORT` or `socks5://HOST:PORT`, with "
        "`USER:PASSWORD@` before the host if it asks for them.",
    )
    http_proxy: ProxyAddress = Field(default=None, description="The proxy for plain http, likewise.")
    all_proxy: ProxyAddress = Field(
        default=None, description="The proxy for both, where the variable for one of them is not set."
    )
    no_proxy: HostList = Field(
        default=(),
        description="Hosts reached without a proxy, and all below them, separated by commas: names, addresses, networks "
        "such as `10.0.0.0/8`, perhaps with a port; `*` for all. This machine is always reached without one.",
    )
    http_port: int | None = Field(
        default=None,
        ge=1,
        le=65_535,
        description="The port for `/healthz`, `/readyz` and `/metrics` (Prometheus), for whoever watches over the process. "
        "Unset: none. There is nothing secret in them, and no password before them.",
    )
    log_level: Literal["DEBUG", "INFO", "WARNING", "ERROR"] = Field(
        default="INFO", description="Least severe lines that are logged."
    )
    log_format: Literal["console", "json"] | None = Field(
        default=None,
        description="How log lines look: `console` or `json`. Unset: `console` in a terminal, `json` elsewhere.",
    )

    _heard_here: bool = PrivateAttr(default=False)

    @field_validator("notice")
    @classmethod
    def _on_or_off_or_a_line(cls, value: str) -> str:
        match value.lower():
            case "" | "on" | "true" | "yes" | "1":
                return "on"
            case "off" | "false" | "no" | "0":
                return "off"
            case _:
                return value

    @field_validator("local_text_model")
    @classmethod
    def _a_model_where_there_is_a_server(cls, value: str | None, info: ValidationInfo) -> str | None:
        if value is None and info.data.get("local_text_url") is not None:
            raise ValueError("it must be set where LOCAL_TEXT_URL is, to a model of that server")
        return value

    @field_validator("prompt")
    @classmethod
    def _not_blank(cls, value: str) -> str:
        return value.strip() or DEFAULT_PROMPT

    @field_validator("shard_ids")
    @classmethod
    def _shards_there_are(cls, value: tuple[int, ...], info: ValidationInfo) -> tuple[int, ...]:
        if not all(0 <= number < (info.data.get("shard_count") or 0) for number in value):
            raise ValueError("each must be a number from 0 on and below SHARD_COUNT, which has to be set")
        return value

    @property
    def heard_here(self) -> bool:
        """Whether a recogniser on this machine hears the notes (`--local`), and no completion API."""
        return self._heard_here

    @property
    def fallback_models(self) -> tuple[str, ...]:
        """The models that are named to be tried in turn."""
        return tuple(model for model in self.openroute_fallback_models if model not in {"auto", "none"})

    @property
    def finds_successors(self) -> bool:
        """Whether a model that is gone is replaced by one that the endpoint lists."""
        return "auto" in self.openroute_fallback_models

    @property
    def only_transcribes(self) -> bool:
        """Whether notes can be transcribed and nothing else, because nothing here could do what a prompt asks for."""
        return self._heard_here and self.local_text_url is None

    def with_recogniser(self, *, base_url: str, model: str) -> Settings:
        """These settings with a recogniser on this machine in place of the completion API, its models and its key."""
        settings = self.model_copy(
            update={
                "openroute_base_url": base_url,
                "openroute_model": model,
                "openroute_fallback_models": (),
                "openroute_api_key": SecretStr("local"),
            }
        )
        settings._heard_here = True  # noqa: SLF001 - a copy of this very class
        return settings

    @property
    def proxies(self) -> proxies.Proxies:
        """Which proxy a connection goes through."""
        otherwise = _proxy(self.all_proxy)
        return proxies.Proxies(
            plain=_proxy(self.http_proxy) or otherwise,
            encrypted=_proxy(self.https_proxy) or otherwise,
            no_proxy=self.no_proxy,
        )


def _proxy(address: SecretStr | None) -> proxies.Proxy | None:
    return None if address is None else proxies.parse(address.get_secret_value())


def read(path: str) -> None:
    """Add what the file at `path` says to the environment; what is set there already is stronger.

    Raises:
        SettingsError: it cannot be read. That there is none is no trouble.
    """
    before = set(os.environ)
    spelt_otherwise = {name.lower() for name in before}
    try:
        # With or without the mark some editors put before the first line.
        load_dotenv(path, encoding="utf-8-sig")
    except OSError as error:
        raise SettingsError(f"{path}: it can't be read: {error.strerror}") from error
    except ValueError:
        raise SettingsError(f"{path}: it must be a text in UTF-8, without control characters") from None
    for name in set(os.environ) - before:
        if name.lower() in _WRITTEN_EITHER_WAY & spelt_otherwise:
            del os.environ[name]


def load() -> Settings:
    """The settings from the environment. A proxy's variable that is set in small letters and in capitals is the former.

    Raises:
        SettingsError: with a line for each variable that cannot be used. Values are not repeated: some are secret.
    """
    for name in _WRITTEN_EITHER_WAY & set(os.environ):
        os.environ.pop(name.upper(), None)
    try:
        return Settings()
    except ValidationError as error:
        lines = [
            f"{str(problem['loc'][0]).upper()}: {problem['msg'].removeprefix('Value error, ')}"
            for problem in error.errors(include_input=False, include_url=False)
        ]
        raise SettingsError("\n".join(lines)) from None
