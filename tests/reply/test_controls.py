"""What is offered under an answer."""

from __future__ import annotations

from dataclasses import replace

import pytest

from bot import asks, errors, presets
from bot.models import Attachment, Before, ChannelKind, NoteKey, Posted, Prompt, PromptSource, VoiceNote
from bot.reply import ENGLISH, LOCALES, Button, Controls, choice_of, may_pass, words_for

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
    menu = Controls(()).more(KEY, 9, ENGLISH, may_delete=True, private=False)
    assert menu is not None
    assert [choice.label for choice in menu.choices] == ["Delete this answer"]
    assert Controls(()).more(KEY, 9, ENGLISH, may_delete=False, private=False) is None


@pytest.mark.parametrize("locale", LOCALES)
def test_all_of_it_is_as_discord_takes_it(locale: str) -> None:
    """In every language, for the largest ids: five buttons at most, 25 choices at most, no text too long, no id twice."""
    words = words_for(locale)
    for note in (NOTE, replace(NOTE, private=True)):
        buttons = Controls().under_answer(note, Before(), words)
        assert len(buttons) <= 5
        assert len({button.custom_id for button in buttons}) == len(buttons)
        assert all(1 <= len(button.custom_id) <= 100 and 1 <= len(button.label) <= 80 for button in buttons)
    menu = Controls().more(KEY, 2**63 - 1, words, may_delete=True, private=True)
    assert menu is not None
    assert 1 <= len(menu.custom_id) <= 100
    assert 1 <= len(menu.choices) <= 25
    assert len({choice.value for choice in menu.choices}) == len(menu.choices)
    assert all(1 <= len(choice.label) <= 100 and 1 <= len(choice.value) <= 100 for choice in menu.choices)
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
    menu = Controls().more(KEY, 9, ENGLISH, may_delete=True, private=False)
    assert menu is not None
    names = {choice.label for choice in menu.choices if choice.value.startswith("p:")}
    assert len(names) == len(presets.BUILT_IN)
    assert all(name[0].isupper() for name in names)
