"""What holds in a place: what becomes of a note there, which permissions are missing, and who set what."""

from __future__ import annotations

import dataclasses

import pytest
from pydantic import SecretStr

from bot import presets
from bot.facts import Item, Listening, Place, Source
from bot.models import ChannelKind, Prompt, PromptSource
from bot.policy import facts
from bot.policy.rule_book import operator_levels
from bot.rules import Level, Rules
from bot.settings import Settings
from tests.fixtures import settings_of

DEFAULT = Prompt(text="Please transcribe this audio file.", source=PromptSource.DEFAULT)
ALL = {
    "View Channel",
    "Read Message History",
    "Send Messages",
    "Create Public Threads",
    "Send Messages in Threads",
    "Attach Files",
    "Connect",
}
TEXT, THREAD, VOICE, DIRECT = ChannelKind.TEXT, ChannelKind.THREAD, ChannelKind.VOICE, ChannelKind.DIRECT


def place(kind: ChannelKind = TEXT, *lacks: str, member: bool = True, content: bool = True) -> Place:
    """A place in which the bot may do all but something."""
    return Place(
        channel_kind=kind,
        locale="de",
        member=member,
        content=content,
        granted=frozenset(ALL - set(lacks)),
    )


def in_force(settings: Settings | None = None, **decided: str) -> Rules:
    """The rules where the server has decided something."""
    levels = operator_levels(settings or settings_of())
    return Rules(
        (Level(Source.SERVER, {name.replace("_", "-"): text for name, text in decided.items()}), *levels)
    )


@pytest.mark.parametrize(
    ("where", "listening", "missing"),
    [
        (place(), Listening.IN_THREADS, []),
        (place(TEXT, "Attach Files"), Listening.IN_THREADS, ["Attach Files"]),
        (place(TEXT, "Create Public Threads"), Listening.BESIDE, ["Create Public Threads"]),
        (place(TEXT, "Send Messages in Threads"), Listening.BESIDE, ["Send Messages in Threads"]),
        (
            place(TEXT, "Create Public Threads", "Send Messages"),
            Listening.IN_PRIVATE,
            ["Send Messages", "Create Public Threads"],
        ),
        (place(TEXT, "View Channel"), Listening.NO_ACCESS, ["View Channel"]),
        (place(TEXT, content=False), Listening.MENTIONS, []),
        (place(TEXT, *ALL, member=False), Listening.NO_MEMBER, []),
        (place(THREAD, "Send Messages"), Listening.IN_PLACE, []),
        (
            place(THREAD, "Send Messages in Threads"),
            Listening.IN_PRIVATE,
            ["Send Messages in Threads"],
        ),
        (place(VOICE, "Create Public Threads"), Listening.IN_PLACE, []),
        (place(VOICE, "Connect"), Listening.NO_ACCESS, ["Connect"]),
        (place(VOICE, "Read Message History"), Listening.IN_PRIVATE, ["Read Message History"]),
        (place(DIRECT, *ALL), Listening.IN_PLACE, []),
        (place(DIRECT, *ALL, member=False), Listening.NO_PART, []),
    ],
)
def test_what_becomes_of_a_note(where: Place, listening: Listening, missing: list[str]) -> None:
    """By the kind of channel and what the bot may do there."""
    found = facts(settings_of(), where, in_force(), DEFAULT, presets.BUILT_IN)
    assert (found.listening, list(found.missing)) == (listening, missing)


def sources(asked: Prompt, **wanted: object) -> dict[Item | str, Source]:
    """Who set each row, where the operator has set what is `wanted`."""
    # What is not set has the defaults, and is not listed as set.
    settings = Settings.model_construct(set(wanted), **{**settings_of().model_dump(), **wanted})
    return {
        row.name: row.source
        for row in facts(settings, place(), in_force(settings), asked, presets.BUILT_IN).rows
    }


def test_who_set_it() -> None:
    """What the operator has set is theirs, also where it is as by default."""
    told = sources(DEFAULT, max_minutes=180, openroute_fallback_models=("a/b",))
    assert told[Item.LONGEST_NOTE] is Source.OPERATOR
    assert told[Item.FALLBACK_MODELS] is Source.OPERATOR
    assert told[Item.LARGEST_FILE] is Source.DEFAULT
    assert told[Item.PROMPT] is Source.DEFAULT
    assert sources(DEFAULT, prompt="Sing.")[Item.PROMPT] is Source.OPERATOR
    for source, wanted in ((PromptSource.CHANNEL, Source.CHANNEL), (PromptSource.SERVER, Source.SERVER)):
        assert sources(Prompt(text="Sing.", source=source))[Item.PROMPT] is wanted


def test_a_model_that_only_transcribes_offers_nothing() -> None:
    """That is what the operator chose, and nothing can be asked in messages, either."""
    local = settings_of().with_recogniser(base_url="http://127.0.0.1:1/v1", model="whisper-base")
    rows = {row.name: row for row in facts(local, place(), in_force(local), DEFAULT, ()).rows}
    assert (rows[Item.PRESETS].value, rows[Item.PRESETS].source) == ((), Source.OPERATOR)
    assert (rows[Item.QUESTIONS].value, rows[Item.QUESTIONS].source) == ("off", Source.OPERATOR)
    assert rows[Item.MODEL].value == "whisper-base"
    assert Item.FALLBACK_MODELS not in rows
    assert Item.TEXT_MODEL not in rows


def test_no_secret_and_no_address_is_a_value() -> None:
    """Whatever is set."""
    settings = settings_of(
        openroute_api_key=SecretStr("secret-key"),
        local_text_url="http://10.0.0.1:11434/v1",
        local_text_model="llama",
        local_text_key=SecretStr("secret-text"),
        https_proxy=SecretStr("http://who:secret@10.0.0.2:1"),
    ).with_recogniser(base_url="http://127.0.0.1:1/v1", model="whisper-base")
    told = facts(settings, place(), in_force(settings), DEFAULT, presets.BUILT_IN)
    assert {row.name: row.value for row in told.rows}[Item.TEXT_MODEL] == "llama"
    assert not any(hidden in repr(told) for hidden in ("secret", "10.0.0", "127.0.0.1", "http"))


@pytest.mark.parametrize(
    ("decided", "listening"),
    [
        ({"listening": "off"}, Listening.OFF),
        ({"answers": "reply"}, Listening.IN_PLACE),
        ({"answers": "button"}, Listening.ON_REQUEST),
        ({"barred_channels": "8"}, Listening.BARRED),
        ({"barred_channels": "9", "listening": "off"}, Listening.BARRED),
        ({"allowed_channels": "7"}, Listening.BARRED),
        ({"allowed_channels": "8"}, Listening.IN_PLACE),
    ],
)
def test_what_a_server_has_decided(decided: dict[str, str], listening: Listening) -> None:
    """For a thread (9) in a channel (8)."""
    where = dataclasses.replace(place(THREAD), channel_ids=(9, 8))
    assert (
        facts(settings_of(), where, in_force(None, **decided), DEFAULT, presets.BUILT_IN).listening
        is listening
    )


def test_what_is_decided_has_a_row() -> None:
    """With who decided it; what nobody has set has none."""
    found = facts(
        settings_of(),
        place(),
        in_force(footer="model", language="de", flags="off"),
        DEFAULT,
        presets.BUILT_IN,
    )
    rows = {row.name: (row.value, row.source) for row in found.rows}
    assert rows["footer"] == ("model", Source.SERVER)
    assert rows["flags"] == ("off", Source.SERVER)
    assert rows["language"] == ("de", Source.SERVER)
    assert Item.ANSWERS not in rows
    assert "buttons" not in rows
