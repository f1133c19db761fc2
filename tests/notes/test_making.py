"""Notes as the rules of their place want them: what they are asked, and how they are answered there."""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING

import pytest

from bot import asks, errors, presets, rules, storage
from bot.models import Attachment, ChannelKind, Manner, Prompt, PromptSource, SeenMessage
from bot.notes import asking
from bot.notes.making import NoteMaker
from bot.policy.rule_book import RuleBook
from bot.presets import Preset
from bot.storage.guild_settings import WHOLE_SERVER, GuildSettings
from tests.fixtures import file_of, note_of, settings_of

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator
    from pathlib import Path

GUILD, CHANNEL, THREAD, ANNA = 3, 2, 22, 4
FILE = file_of(id=7)
MESSAGE = SeenMessage(
    id=11,
    channel_id=THREAD,
    parent_id=CHANNEL,
    guild_id=GUILD,
    channel_kind=ChannelKind.THREAD,
    author_id=ANNA,
    author_is_bot=False,
    is_voice=True,
    attachments=(FILE,),
    author_name="Anna",
)
OWN = Preset(name="own-1", emoji="🎲", prompt="Make a poem in {language}.")


async def preset_of(guild_id: int | None, name: str) -> Preset | None:
    """Those there are everywhere, and one of the server's own."""
    return OWN if (guild_id, name) == (GUILD, OWN.name) else presets.named(name)


@pytest.fixture
async def rule_book(tmp_path: Path) -> AsyncGenerator[RuleBook]:
    """No server has decided anything."""
    async with storage.opened(f"sqlite:///{tmp_path}/a.db") as database:
        settings = settings_of(offered_models=("a/b",))
        yield RuleBook(guild_settings=GuildSettings(database), settings=settings)


@pytest.fixture
def maker(rule_book: RuleBook) -> NoteMaker:
    """By those rules."""
    return NoteMaker(rule_book, preset_of)


async def made(maker: NoteMaker, message: SeenMessage = MESSAGE) -> tuple[Prompt, Manner]:
    """What its only note is asked, and how it is answered."""
    [note] = await maker.of(message, message.attachments)
    assert note.channel_ids == (THREAD, CHANNEL)
    return note.prompt, note.manner


async def test_where_nothing_is_decided(maker: NoteMaker) -> None:
    """As the bot does by itself; the name of who speaks goes nowhere."""
    prompt, manner = await made(maker)
    assert prompt == Prompt(text="Please transcribe this audio file.", source=PromptSource.DEFAULT)
    assert manner == Manner()


@pytest.mark.parametrize(
    ("asked", "language", "text"),
    [
        ("Sing.", None, "Sing."),
        ("Sing.", "de", "Sing.\n\nAnswer in German."),
        ("preset:transcribe", "de", "Please transcribe this audio file. Write the transcript in German."),
        (None, "ja", "Please transcribe this audio file. Write the transcript in Japanese."),
        ("preset:own-1", "fr", "Make a poem in French."),
        ("preset:own-1", None, "Make a poem in the language that is spoken in it."),
        ("preset:own-2", None, "Please transcribe this audio file."),
    ],
)
async def test_what_is_asked(
    maker: NoteMaker, rule_book: RuleBook, asked: str | None, language: str | None, text: str
) -> None:
    """A prompt or a preset, in a language or as it is spoken; a preset that is gone leaves a transcript."""
    await rule_book.change(GUILD, WHOLE_SERVER, rules.PROMPT, asked, ANNA)
    await rule_book.change(GUILD, CHANNEL, rules.LANGUAGE, language, ANNA)
    prompt, _ = await made(maker)
    assert prompt.text == text
    assert prompt.source is (PromptSource.SERVER if asked else PromptSource.DEFAULT)
    command = await maker.prompt_in_force(GUILD, (THREAD, CHANNEL), command=" Dance. ")
    assert command == Prompt(text="Dance.", source=PromptSource.COMMAND)


async def test_how_it_is_answered(maker: NoteMaker, rule_book: RuleBook) -> None:
    """As it was decided when the note was taken in."""
    for setting, value in (
        (rules.ANSWERS, "reply"),
        (rules.THREAD_NAMES, "speaker"),
        (rules.BUTTONS, "off"),
        (rules.FOOTER, "model,cost"),
        (rules.MODEL, "a/b"),
    ):
        await rule_book.change(GUILD, CHANNEL, setting, value, ANNA)
    _, manner = await made(maker)
    assert manner == Manner(
        in_reply=True,
        thread_name="speaker",
        speaker="Anna",
        buttons=False,
        footer=("model", "cost"),
        model="a/b",
    )


async def test_an_offer_stands_below_the_note_and_its_answer_in_a_thread(
    maker: NoteMaker, rule_book: RuleBook
) -> None:
    """The key tells one from the other."""
    await rule_book.change(GUILD, WHOLE_SERVER, rules.ANSWERS, "button", ANNA)
    [offer] = await maker.of(MESSAGE, MESSAGE.attachments, offered=True)
    assert (offer.ask, offer.manner.in_reply) == (asks.OFFERED, True)
    [answer] = await maker.of(MESSAGE, MESSAGE.attachments)
    assert (answer.ask, answer.manner.in_reply) == (asks.LISTENED, False)


async def test_what_was_written_down_in_a_hurry(maker: NoteMaker, rule_book: RuleBook) -> None:
    """Is what it would have been: a preset as it was asked for, the note itself as its place wants it."""
    await rule_book.change(GUILD, WHOLE_SERVER, rules.PROMPT, "Sing.", ANNA)
    hurried = note_of(
        message_id=11,
        channel_id=CHANNEL,
        attachment=Attachment(id=7, filename="", size=0, url=""),
        asked_by=9,
    )
    whole = await maker.completed(hurried, MESSAGE)
    assert (whole.prompt.text, whole.asked_by, whole.attachment, whole.author_id) == ("Sing.", 9, FILE, ANNA)
    wanted = asking.preset(presets.SUMMARY, "de", 9)
    of_preset = dataclasses.replace(hurried, ask=wanted.ask, prompt=wanted.prompt)
    assert (await maker.completed(of_preset, MESSAGE)).prompt == wanted.prompt
    with pytest.raises(errors.Gone):
        await maker.completed(hurried, dataclasses.replace(MESSAGE, attachments=()))
