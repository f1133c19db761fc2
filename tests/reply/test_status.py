"""What /status says."""

from __future__ import annotations

from bot import presets, reply
from bot.facts import Item, Place
from bot.models import ChannelKind, Prompt, PromptSource
from bot.policy import facts
from bot.policy.rule_book import operator_levels
from bot.reply.status import status
from bot.rules import Rules
from tests.fixtures import settings_of

HERE = Place(
    channel_kind=ChannelKind.TEXT,
    locale="de",
    member=True,
    content=True,
    granted=frozenset({"View Channel", "Read Message History"}),
)


def told(prompt: str = "Sing.", **settings: object) -> str:
    """The answer in one place, in English."""
    asked = Prompt(text=prompt, source=PromptSource.SERVER)
    chosen = settings_of(**settings)
    levels = operator_levels(chosen.model_copy(update=settings))
    return status(facts(chosen, HERE, Rules(levels), asked, presets.BUILT_IN), reply.ENGLISH)


def test_every_row_is_worded() -> None:
    """None is left out where it has a value, and each says who set it."""
    found = facts(
        settings_of(openroute_fallback_models=("a/b",)),
        HERE,
        Rules(operator_levels(settings_of())),
        Prompt(text="Sing.", source=PromptSource.SERVER),
        presets.BUILT_IN,
    )
    lines = [line for line in status(found, reply.ENGLISH).split("\n") if line.startswith("- ")]
    assert len(lines) == len(found.rows)
    assert {row.name for row in found.rows} == set(Item) - {Item.TEXT_MODEL}
    assert all(line.endswith(")") for line in lines)


def test_what_is_missing_is_named_as_discord_does() -> None:
    """On a line of its own."""
    missing = "“Send Messages”, “Create Public Threads”, “Send Messages in Threads”, “Attach Files”"
    assert f"\nPermissions I lack here: {missing}.\n" in told()


def test_a_prompt_is_shown_as_it_is_and_not_all_of_it() -> None:
    """People wrote it: nothing in it is a link or a mention, and it may be long."""
    text = told("<@1> [look](https://x.example) " + "word " * 400)
    [line] = [line for line in text.split("\n") if line.startswith("- What is asked")]
    assert r"\<\@1\> \[look\]\(https\://x.example\)" in line
    assert line.endswith("…” (the server)")
    assert len(line) < 300


def test_a_models_name_is_no_markup() -> None:
    """Operators can name it as they like."""
    assert "- Model: `ab` (who runs me)\n" in told(openroute_model="a`b")


def test_a_model_that_only_transcribes() -> None:
    """Says why nothing else can be asked."""
    found = facts(
        settings_of(),
        HERE,
        Rules(operator_levels(settings_of())),
        Prompt(text="Sing.", source=PromptSource.SERVER),
        (),
    )
    text = status(found, reply.ENGLISH)
    assert "- What else can be asked: none, because the model here only transcribes (" in text
    assert "- Messages answered as questions: none (" in text
