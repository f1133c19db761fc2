"""What is offered under an answer."""

from __future__ import annotations

import itertools
from dataclasses import replace

import pytest

from bot import asks, errors, presets
from bot.models import Attachment, Before, ChannelKind, NoteKey, Posted, Prompt, PromptSource, VoiceNote
from bot.reply import (
    ENGLISH,
    LOCALES,
    Button,
    Controls,
    choice_of,
    is_built_in,
    may_pass,
    preset_name,
    words_for,
)

NOTE = VoiceNote(
    message_id=2**63 - 2,
    channel_id=2**63 - 3,
    guild_id=5,
    channel_kind=ChannelKind.TEXT,
    author_id=7,
    attachment=Attachment(id=2**63 - 1, filename="a.ogg", size=1, url=""),
    prompt=Prompt(text="Please transcribe this audio file.", source=PromptSource.DEFAULT),
)
KEY = NoteKey(channel_id=2**63 - 3, message_id=2**63 - 2, attachment_id=2**63 - 1)

OWN = tuple(
    presets.own(2**63 - 1 - n, title="W" * 30 + f"{n:02}", emoji="🥖", prompt="Bake.", revision=2**31 - 1)
    for n in range(25)
)
"""As many as a server may have, with names as long as they may be."""


def labels(buttons: tuple[Button, ...]) -> list[str]:
    """What stands on them."""
    return [button.label for button in buttons]


def test_what_was_not_asked_yet() -> None:
    """The first three presets of which there is no answer, the form, and all else."""
    controls = Controls()
    assert labels(controls.under_answer(NOTE, Before(), ENGLISH)) == [
        "Summary", "To-dos", "Minutes", "Ask…", "More…",
    ]  # fmt: skip
    asked = Before(asked=frozenset({asks.LISTENED, asks.preset("summary", "en"), asks.preset("todos", "de")}))
    assert labels(controls.under_answer(NOTE, asked, ENGLISH))[:3] == [
        "Minutes",
        "Translation",
        "Reply draft",
    ]
    own = replace(NOTE, prompt=Prompt(text="Who speaks?", source=PromptSource.CHANNEL))
    assert labels(controls.under_answer(own, Before(), ENGLISH))[0] == "Transcript"
    told = Before(transcript=Posted(channel_id=1, pages=(2,)))
    assert labels(controls.under_answer(own, told, ENGLISH))[0] == "Summary"


def test_a_servers_own_presets_come_first() -> None:
    """Two of them, and one that is built in; each until it was asked as it is now."""
    one, two, three = (
        presets.own(number, title=title, emoji=None, prompt="Bake.", revision=number)
        for number, title in ((1, "Recipe"), (2, "Menu"), (3, "Bill"))
    )
    controls = Controls()
    assert labels(controls.under_answer(NOTE, Before(), ENGLISH, own=(one, two, three))) == [
        "Recipe", "Menu", "Summary", "Ask…", "More…",
    ]  # fmt: skip
    asked = Before(asked=frozenset({asks.preset(one.key, None), asks.preset("own-2", None)}))
    assert labels(controls.under_answer(NOTE, asked, ENGLISH, own=(one, two, three)))[:3] == [
        "Menu", "Bill", "Summary",
    ]  # fmt: skip
    assert controls.under_answer(NOTE, Before(), ENGLISH, own=(one,))[0].custom_id.endswith(":own-1:")


def test_all_of_a_servers_presets_can_be_chosen() -> None:
    """Before languages; in a list of their own where there are too many for one."""
    own = OWN[:18]
    [menu] = Controls().more(KEY, 9, ENGLISH, may_delete=True, private=False, own=own)
    assert {f"p:{preset.name}" for preset in own} < {choice.value for choice in menu.choices}
    assert len(menu.choices) == 25
    first, second = Controls().more(KEY, 9, ENGLISH, may_delete=True, private=False, own=OWN)
    assert {f"p:{preset.name}" for preset in OWN} == {choice.value for choice in second.choices}
    assert any(choice.value.startswith("l:") for choice in first.choices)


@pytest.mark.parametrize(
    ("title", "taken"),
    [
        ("Summary", True),
        ("summary", True),
        ("To-Dos", True),
        ("translate", True),
        ("Recipe", False),
        ("", False),
    ],
)
def test_names_of_presets_that_are_built_in(title: str, *, taken: bool) -> None:
    """A server's own could not be told from them, by whoever types."""
    assert is_built_in(title) is taken


def test_names_of_presets_that_are_built_in_in_another_language() -> None:
    """All that people read are meant."""
    for locale in LOCALES:
        assert is_built_in(preset_name(presets.SUMMARY, words_for(locale)).upper())


def test_what_one_person_sees_can_be_shared() -> None:
    """Also where nothing can be asked further; what came with a command is in no message, so nothing can be."""
    private = replace(NOTE, private=True)
    assert labels(Controls().under_answer(private, Before(), ENGLISH)) == [
        "Share in channel", "Summary", "To-dos", "Ask…", "More…",
    ]  # fmt: skip
    assert labels(Controls(()).under_answer(private, Before(), ENGLISH)) == ["Share in channel"]
    loose = replace(private, loose=True)
    assert labels(Controls().under_answer(loose, Before(), ENGLISH)) == ["Share in channel"]
    assert Controls().under_answer(replace(loose, private=False), Before(), ENGLISH) == ()


def test_a_model_that_only_transcribes() -> None:
    """Its answers can be deleted, and no more."""
    assert labels(Controls(()).under_answer(NOTE, Before(), ENGLISH)) == ["More…"]
    [menu] = Controls(()).more(KEY, 9, ENGLISH, may_delete=True, private=False)
    assert [choice.label for choice in menu.choices] == ["Delete this answer"]
    assert Controls(()).more(KEY, 9, ENGLISH, may_delete=False, private=False) == ()


@pytest.mark.parametrize("locale", LOCALES)
def test_all_of_it_is_as_discord_takes_it(locale: str) -> None:
    """In every language, for the largest ids: five buttons at most, 25 choices at most, no text too long, no id twice."""
    words = words_for(locale)
    for note, own in itertools.product((NOTE, replace(NOTE, private=True)), ((), OWN)):
        buttons = Controls().under_answer(note, Before(), words, own=own)
        assert len(buttons) <= 5
        assert len({button.custom_id for button in buttons}) == len(buttons)
        assert all(1 <= len(button.custom_id) <= 100 and 1 <= len(button.label) <= 80 for button in buttons)
    for own in ((), OWN[:18], OWN):
        menus = Controls().more(KEY, 2**63 - 1, words, may_delete=True, private=True, own=own)
        assert len({menu.custom_id for menu in menus}) == len(menus) == (2 if own == OWN else 1)
        for menu in menus:
            assert 1 <= len(menu.custom_id) <= 100
            assert 1 <= len(menu.choices) <= 25
            assert len({choice.value for choice in menu.choices}) == len(menu.choices)
            assert all(
                1 <= len(choice.label) <= 100 and 1 <= len(choice.value) <= 100 for choice in menu.choices
            )
            assert len(menu.placeholder) <= 150


@pytest.mark.parametrize(
    ("error", "passes"),
    [
        (errors.EndpointBusy("x"), True),
        (errors.OutOfCredit("x"), True),
        (errors.NoAnswer("x"), True),
        (errors.GivenUp("x"), True),
        (RuntimeError("x"), True),
        (errors.Damaged("x"), False),
        (errors.Gone("x"), False),
        (errors.TooLong(limit=1, seconds=2), False),
    ],
)
def test_what_can_be_tried_again(error: Exception, *, passes: bool) -> None:
    """What may pass though nothing is changed about the recording; not what came with a command."""
    assert may_pass(error) is passes
    offered = labels(Controls().under_failure(NOTE, error, ENGLISH))
    assert offered == (["Try again"] if passes else [])
    assert Controls().under_failure(replace(NOTE, loose=True), error, ENGLISH) == ()


@pytest.mark.parametrize(
    ("ask", "offered"),
    [(asks.LISTENED, True), (asks.preset("summary", "de"), True), (asks.typed(1), False)],
)
def test_a_private_question_is_not_kept(ask: str, *, offered: bool) -> None:
    """So it can't be tried again by a button."""
    private = replace(NOTE, private=True, ask=ask)
    assert bool(Controls().under_failure(private, errors.EndpointBusy("x"), ENGLISH)) is offered


@pytest.mark.parametrize(
    ("rest", "place"),
    [
        ("12", (12, False)),
        ("12p", (12, True)),
        ("12o", (12, False)),
        ("12po", (12, True)),
        ("o", None),
        ("", None),
        ("p", None),
        ("x", None),
        ("-1", None),
        ("1²", None),
        ("9" * 90, None),
    ],
)
def test_under_what_something_was_chosen(rest: str, place: tuple[int, bool] | None) -> None:
    """None for what is no id that Discord gives."""
    assert choice_of(rest) == place


def test_names_of_presets_are_all_there() -> None:
    """A new preset would otherwise be offered by its key."""
    [menu] = Controls().more(KEY, 9, ENGLISH, may_delete=True, private=False)
    names = {choice.label for choice in menu.choices if choice.value.startswith("p:")}
    assert len(names) == len(presets.BUILT_IN)
    assert all(name[0].isupper() for name in names)
