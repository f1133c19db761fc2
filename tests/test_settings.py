"""Every setting: described, checked with a clear sentence, and told alike wherever it is told."""

from __future__ import annotations

import os
import re
from pathlib import Path
from typing import TYPE_CHECKING, cast

import pytest
from dotenv import dotenv_values
from pydantic import SecretStr

from bot.settings import Settings, SettingsError, load, read

if TYPE_CHECKING:
    from collections.abc import Iterator

ROOT = Path(__file__).parents[1]
SECRET = "hunter2-hunter2"
NAMES = {name.upper() for name in Settings.model_fields}


@pytest.fixture(autouse=True)
def nothing_set() -> Iterator[pytest.MonkeyPatch]:
    """Not even what this machine has set."""
    with pytest.MonkeyPatch.context() as environment:
        for name in list(os.environ):
            if name.upper() in NAMES:
                environment.delenv(name)
        yield environment


def told(default: object) -> str:
    """A default as people would write it into the environment."""
    match default:
        case None | ():
            return ""
        case {}:
            return ";".join(f"{name}={value}" for name, value in cast("dict[str, str]", default).items())
        case bool():
            return str(default).lower()
        case tuple():
            return ",".join(cast("tuple[str, ...]", default))
        case float():
            return f"{default:g}"
        case _:
            return str(default)


def defaults() -> dict[str, str]:
    """Every variable with its default."""
    return {
        name.upper(): told(field.get_default(call_default_factory=True))
        for name, field in Settings.model_fields.items()
    }


def test_nothing_has_to_be_set() -> None:
    """Without any variable there is a default for all but the two secrets."""
    settings = load()
    assert settings.discord_token is None
    assert settings.openroute_api_key is None
    assert settings.openroute_base_url == "https://www.openroute.cn/api/v1"
    assert settings.openroute_model == "google/gemini-2.5-flash"
    assert settings.prompt == "Please transcribe this audio file."
    assert settings.audio_formats == ("wav", "mp3")


def test_the_readme_lists_every_setting_and_nothing_else() -> None:
    """With its default and its description, in the order of the code."""
    rows = re.findall(
        r"^\| `([A-Z_]+)` \| (?:`(.*?)`|–) \| (.*?) \|$", (ROOT / "README.md").read_text(), re.MULTILINE
    )
    assert {name: default for name, default, _ in rows} == defaults()
    assert [name for name, _, _ in rows] == list(defaults())
    assert [text for _, _, text in rows] == [field.description for field in Settings.model_fields.values()]


def test_the_example_lists_every_setting_and_nothing_else() -> None:
    """With its default, all but the secrets commented out; uncommented it can be read."""
    text = (ROOT / ".env.example").read_text()
    active = re.findall(r"^([A-Z_]+)=", text, re.MULTILINE)
    assert active == ["DISCORD_TOKEN", "OPENROUTE_API_KEY"]
    everything = ROOT / ".env.example"
    assert {name: value or "" for name, value in dotenv_values(everything).items()} == dict.fromkeys(
        active, ""
    )
    commented = re.findall(r"^# ([A-Z_]+)=(.*)$", text, re.MULTILINE)
    assert {
        **dict.fromkeys(active, ""),
        **{name: value.strip('"') for name, value in commented},
    } == defaults()


def test_the_example_is_what_it_would_be_without_it(tmp_path: Path, nothing_set: pytest.MonkeyPatch) -> None:
    """Copied as it stands, with every line switched on, it changes nothing."""
    example = tmp_path / ".env"
    example.write_text(
        re.sub(r"^# (?=[A-Z_]+=)", "", (ROOT / ".env.example").read_text(), flags=re.MULTILINE)
    )
    before = load()
    for name, value in dotenv_values(example).items():
        nothing_set.setenv(name, value or "")
    assert load() == before


@pytest.mark.parametrize(
    ("name", "value", "read"),
    [
        ("DISCORD_TOKEN", f" {SECRET}\n", SecretStr(SECRET)),
        ("OPENROUTE_API_KEY", " \n", None),
        ("OPENROUTE_BASE_URL", "https://host.example/v1/", "https://host.example/v1"),
        ("OPENROUTE_BASE_URL", "http://127.0.0.1:8080/v1", "http://127.0.0.1:8080/v1"),
        ("OPENROUTE_BASE_URL", "http://llama:8080/v1", "http://llama:8080/v1"),
        ("OPENROUTE_FALLBACK_MODELS", " a/b, c/d ,", ("a/b", "c/d")),
        ("LOCAL_TEXT_URL", "  ", None),
        ("LOCAL_TEXT_MODEL", " llama3.2:3b\n", "llama3.2:3b"),
        ("LOCAL_TEXT_KEY", f" {SECRET}\n", SecretStr(SECRET)),
        ("LOCAL_TEXT_KEY", " ", None),
        ("AUDIO_FORMATS", "MP3, ogg", ("mp3", "ogg")),
        ("PROMPT", "  ", "Please transcribe this audio file."),
        ("PROMPT", "", "Please transcribe this audio file."),
        ("MAX_TOKENS", "", None),
        ("MAX_MINUTES", "0.5", 0.5),
        ("PROVIDER_ZDR", "true", True),
        ("NOTICE", " Off ", "off"),
        ("NOTICE", "false", "off"),
        ("NOTICE", "ON", "on"),
        ("NOTICE", "  ", "on"),
        ("NOTICE", " Read our rules. ", "Read our rules."),
        ("CDN_HOSTS", "127.0.0.1:80", ("127.0.0.1:80",)),
        ("APP_TITLE", " Oreille \U0001f468\u200d\U0001f467 ", "Oreille \U0001f468\u200d\U0001f467"),
        ("APP_URL", "  ", None),
        ("DECODERS", "64", 64),
        ("DECODE_MEMORY_MB", "65536", 65_536),
        ("CATCH_UP_HOURS", "0", 0.0),
        ("DATABASE_URL", f"postgresql://earshot:{SECRET}@host/a", f"postgresql://earshot:{SECRET}@host/a"),
        ("DATABASE_URL", f"postgres://earshot:{SECRET}@host/a", f"postgresql://earshot:{SECRET}@host/a"),
        ("KEEP_TRYING_MINUTES", "0", 0.0),
        (
            "HTTPS_PROXY",
            f" socks5://anna:{SECRET}@host:1080\n",
            SecretStr(f"socks5://anna:{SECRET}@host:1080"),
        ),
        ("HTTP_PROXY", " ", None),
        ("NO_PROXY", "localhost, .example  10.0.0.0/8,", ("localhost", ".example", "10.0.0.0/8")),
    ],
)
def test_values_are_read_as_people_mean_them(
    name: str, value: str, read: object, nothing_set: pytest.MonkeyPatch
) -> None:
    """White space and line ends around them do no harm; empty is not set."""
    nothing_set.setenv(name, value)
    assert getattr(load(), name.lower()) == read


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("OPENROUTE_BASE_URL", "www.openroute.cn"),
        ("OPENROUTE_BASE_URL", "ftp://host.example"),
        ("OPENROUTE_BASE_URL", "https://"),
        ("OPENROUTE_BASE_URL", "https://["),
        ("OPENROUTE_BASE_URL", "https://host.example:port/v1"),
        ("OPENROUTE_BASE_URL", f"http://key:{SECRET}@host.example/v1"),
        ("DISCORD_API_URL", "http://discord.example/api"),
        ("OPENROUTE_BASE_URL", f"https://key:{SECRET}@host.example/v1"),
        ("OPENROUTE_BASE_URL", f"https://{SECRET}@host.example/v1"),
        ("OPENROUTE_BASE_URL", "https://host.example/\nv1"),
        ("DISCORD_API_URL", f"https://key:{SECRET}@discord.example/api"),
        ("DISCORD_API_URL", "https://discord.example/\tapi"),
        ("APP_TITLE", "Ear\nshot"),
        ("APP_TITLE", "Ear\x1bshot"),
        ("APP_TITLE", os.fsdecode(b"Ear\xffshot")),
        ("APP_URL", "https://earshot.example/\r\nX-Other: yes"),
        ("OPENROUTE_API_KEY", f"{SECRET}\n{SECRET}"),
        ("LOCAL_TEXT_URL", "localhost:11434"),
        ("LOCAL_TEXT_URL", "http://text.example/v1"),
        ("LOCAL_TEXT_URL", f"https://key:{SECRET}@text.example/v1"),
        ("LOCAL_TEXT_URL", "https://text.example/\nv1"),
        ("LOCAL_TEXT_MODEL", "llama\n3.2"),
        ("LOCAL_TEXT_KEY", f"{SECRET}\n{SECRET}"),
        ("DISCORD_TOKEN", f"{SECRET}\x7f{SECRET}"),
        ("AUDIO_FORMATS", "wav,mpeg"),
        ("AUDIO_FORMATS", "ogg"),
        ("AUDIO_FORMATS", ","),
        ("PROMPT", "x" * 4001),
        ("NOTICE", "x" * 301),
        ("NOTICE", "Read\nour rules."),
        ("MAX_MINUTES", "0"),
        ("MAX_MINUTES", "-1"),
        ("MAX_MINUTES", "many"),
        ("MAX_MINUTES", "nan"),
        ("MAX_FILE_MB", "inf"),
        ("MAX_REQUEST_MB", "0.1"),
        ("MAX_TOKENS", "0"),
        ("MAX_TOKENS", "1.5"),
        ("PROVIDER_DATA_COLLECTION", "maybe"),
        ("PROVIDER_ZDR", "perhaps"),
        ("NOTES_AT_ONCE", "0"),
        ("DECODERS", "0"),
        ("DECODERS", "65"),
        ("DECODE_MEMORY_MB", "65537"),
        ("DECODE_SECONDS", "0"),
        ("DECODE_MEMORY_MB", "128"),
        ("ANSWER_SECONDS", "-5"),
        ("SHUTDOWN_SECONDS", "0"),
        ("NOTES_AT_ONCE_PER_SERVER", "0"),
        ("CATCH_UP_HOURS", "-1"),
        ("KEEP_DAYS", "0"),
        ("KEEP_TRYING_MINUTES", "-1"),
        ("SHARD_COUNT", "0"),
        ("SHARD_IDS", "one"),
        ("DATABASE_URL", f"mysql://earshot:{SECRET}@host/earshot"),
        ("DATABASE_URL", f"postgresql://earshot:{SECRET}@host:port/earshot"),
        ("DATABASE_URL", "sqlite:///ear\nshot.db"),
        ("HTTPS_PROXY", f"ftp://anna:{SECRET}@host:21"),
        ("HTTPS_PROXY", f"http://anna:{SECRET}@host:port"),
        ("HTTPS_PROXY", f"http://anna:{SECRET}@"),
        ("HTTPS_PROXY", f"http://anna:{SECRET}#1@host:3128"),
        ("HTTPS_PROXY", f"http://anna:{SECRET}@host:3128/\n"[:-1] + "\x7f"),
        ("HTTP_PROXY", f"socks5://anna:{SECRET * 20}@host"),
        ("ALL_PROXY", f"socks4://{SECRET}@host"),
        ("LOG_LEVEL", "debug"),
        ("LOG_FORMAT", "xml"),
    ],
)
def test_what_cannot_be_used_is_told_in_a_sentence(
    name: str, value: str, nothing_set: pytest.MonkeyPatch
) -> None:
    """Which variable it is and what it should be, on one line, without what it holds."""
    nothing_set.setenv("DISCORD_TOKEN", SECRET)
    nothing_set.setenv("OPENROUTE_API_KEY", SECRET)
    nothing_set.setenv(name, value)
    with pytest.raises(SettingsError) as trouble:
        load()
    [line] = str(trouble.value).splitlines()
    assert line.startswith(f"{name}: ")
    assert len(line) < 200
    assert not re.search(r"pydantic|errors\.|type=|Value error|None|Traceback", line)
    assert SECRET not in line
    assert trouble.value.__cause__ is None
    assert trouble.value.__suppress_context__


@pytest.mark.parametrize("mark", [b"", b"\xef\xbb\xbf"], ids=["plain", "marked"])
def test_a_file_adds_to_what_is_set(mark: bytes, tmp_path: Path, nothing_set: pytest.MonkeyPatch) -> None:
    """From its first line on, whatever editor wrote it; what is set already is stronger, and no file is none."""
    file = tmp_path / ".env"
    read(str(file))
    file.write_bytes(mark + "APP_TITLE=Öhr\nPROMPT=From the file.\n".encode())
    nothing_set.setenv("PROMPT", "From outside.")
    # Whatever the file sets is taken back with the test.
    nothing_set.setenv("APP_TITLE", "")
    nothing_set.delenv("APP_TITLE")
    read(str(file))
    assert (load().app_title, load().prompt) == ("Öhr", "From outside.")


@pytest.mark.parametrize(
    "content",
    [
        f"OPENROUTE_API_KEY={SECRET}\xff\n".encode("latin-1"),
        f"PROMPT={SECRET}\n".encode("utf-16"),
        b"DATABASE_URL=a\0b",
    ],
    ids=["latin-1", "utf-16", "nul"],
)
def test_a_file_that_is_no_text_is_told(content: bytes, tmp_path: Path) -> None:
    """By its name, in a sentence."""
    file = tmp_path / ".env"
    file.write_bytes(content)
    with pytest.raises(SettingsError) as trouble:
        read(str(file))
    assert str(trouble.value) == f"{file}: it must be a text in UTF-8, without control characters"
    assert trouble.value.__suppress_context__


@pytest.mark.parametrize("in_file", ["HTTPS_PROXY", "https_proxy"])
@pytest.mark.parametrize("outside", ["HTTPS_PROXY", "https_proxy"])
def test_what_is_set_is_stronger_in_small_letters_too(
    in_file: str, outside: str, tmp_path: Path, nothing_set: pytest.MonkeyPatch
) -> None:
    """Whichever way either is written, as proxies' variables are both ways."""
    file = tmp_path / ".env"
    file.write_text(f"{in_file}=http://from-the-file:80\nhttp_proxy=http://also:80\n")
    for name in (in_file, "http_proxy"):
        nothing_set.setenv(name, "")  # taken back with the test
        nothing_set.delenv(name)
    nothing_set.setenv(outside, "http://from-outside:80")
    read(str(file))
    proxies = load().proxies
    assert (str(proxies.encrypted), str(proxies.plain)) == ("http://from-outside:80", "http://also:80")


def test_small_letters_win(nothing_set: pytest.MonkeyPatch) -> None:
    """As for other programs, where a variable is set both ways; empty is set, to nothing."""
    nothing_set.setenv("HTTPS_PROXY", "http://large:80")
    nothing_set.setenv("https_proxy", "http://small:80")
    nothing_set.setenv("http_proxy", "")
    nothing_set.setenv("HTTP_PROXY", "http://large:80")
    proxies = load().proxies
    assert (str(proxies.encrypted), proxies.plain) == ("http://small:80", None)


@pytest.mark.parametrize(
    ("given", "read"),
    [
        ("http://127.0.0.1:11434/v1/", "http://127.0.0.1:11434/v1"),
        ("http://ollama:11434/v1", "http://ollama:11434/v1"),
        ("https://text.example/v1", "https://text.example/v1"),
    ],
)
def test_a_text_server_has_an_address_and_a_model(
    given: str, read: str, nothing_set: pytest.MonkeyPatch
) -> None:
    """In clear on this machine and its own network alone; a model has to be named."""
    nothing_set.setenv("LOCAL_TEXT_URL", given)
    with pytest.raises(
        SettingsError, match=r"^LOCAL_TEXT_MODEL: it must be set where LOCAL_TEXT_URL is[^\n]*$"
    ):
        load()
    nothing_set.setenv("LOCAL_TEXT_MODEL", "llama3.2")
    assert load().local_text_url == read


def test_what_only_transcribes_is_known(nothing_set: pytest.MonkeyPatch) -> None:
    """A recogniser on this machine without a text server; no variable says so."""
    nothing_set.setenv("ONLY_TRANSCRIBES", "true")
    nothing_set.setenv("HEARD_HERE", "true")
    without = load()
    nothing_set.setenv("LOCAL_TEXT_URL", "http://127.0.0.1:11434/v1")
    nothing_set.setenv("LOCAL_TEXT_MODEL", "llama3.2")
    given = load()
    local = {"base_url": "http://127.0.0.1:5/v1", "model": "whisper-base"}
    assert [
        (settings.heard_here, settings.only_transcribes)
        for settings in (without, given, without.with_recogniser(**local), given.with_recogniser(**local))
    ] == [(False, False), (False, False), (True, True), (True, False)]


def test_shards_are_read_as_numbers(nothing_set: pytest.MonkeyPatch) -> None:
    """Those of this process, of how many there are."""
    nothing_set.setenv("SHARD_COUNT", "4")
    nothing_set.setenv("SHARD_IDS", " 2, 3 ,")
    settings = load()
    assert (settings.shard_count, settings.shard_ids) == (4, (2, 3))


@pytest.mark.parametrize(
    "shards",
    [{"SHARD_IDS": "0"}, {"SHARD_COUNT": "2", "SHARD_IDS": "1,2"}, {"SHARD_COUNT": "2", "SHARD_IDS": "-1"}],
)
def test_shards_that_cannot_be_are_told(shards: dict[str, str], nothing_set: pytest.MonkeyPatch) -> None:
    """Which ones there are depends on how many there are."""
    for name, value in shards.items():
        nothing_set.setenv(name, value)
    with pytest.raises(SettingsError, match=r"SHARD_IDS: .*SHARD_COUNT"):
        load()


def test_all_that_is_wrong_is_told_at_once(nothing_set: pytest.MonkeyPatch) -> None:
    """A line for each variable."""
    nothing_set.setenv("MAX_MINUTES", "0")
    nothing_set.setenv("LOG_FORMAT", "xml")
    with pytest.raises(SettingsError) as trouble:
        load()
    assert [line.partition(":")[0] for line in str(trouble.value).splitlines()] == [
        "MAX_MINUTES",
        "LOG_FORMAT",
    ]


def test_secrets_do_not_show(nothing_set: pytest.MonkeyPatch) -> None:
    """Printed or logged, the settings keep them."""
    nothing_set.setenv("DISCORD_TOKEN", SECRET)
    nothing_set.setenv("OPENROUTE_API_KEY", SECRET)
    nothing_set.setenv("LOCAL_TEXT_KEY", SECRET)
    nothing_set.setenv("ALL_PROXY", f"http://anna:{SECRET}@host:3128")
    settings = load()
    assert settings.proxies.plain
    assert SECRET not in f"{settings.proxies!r} {settings.proxies.plain}"
    assert SECRET not in f"{settings!r} {settings} {settings.model_dump()} {settings.model_dump_json()}"


def test_settings_stay_as_they_are() -> None:
    """Nobody changes them under way."""
    with pytest.raises(ValueError, match="frozen"):
        load().prompt = "Another."  # pyright: ignore[reportAttributeAccessIssue] - just that is refused
