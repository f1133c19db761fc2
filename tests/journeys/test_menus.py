"""Menus on messages, what they answer in private and what is shared of it; and the options of commands."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import pytest

from sandbox.discord import Permission, Upload
from tests.journeys.controls import answered_note, buttons, press
from tests.journeys.stage import PATIENCE, SAMPLE

if TYPE_CHECKING:
    from sandbox.discord import Channel
    from tests.journeys.stage import Stage

MEMO = Upload("memo.ogg", SAMPLE.read_bytes(), "audio/ogg")
MENUS = {
    "Transcribe": "Please transcribe this audio file.",
    "Summarise": "Summarise this recording in English.",
    "Translate": "Translate all that is said in this recording into English",
}
LONG = " ".join(f"This is sentence number {number} of the answer." for number in range(120))


def foreign(stage: Stage, where: str) -> Channel:
    """A place where only Anna has installed the bot."""
    stage.discord.install_for(stage.anna)
    if where == "group":
        return stage.discord.add_group([stage.anna, stage.discord.add_user("carla")])
    elsewhere = stage.discord.add_guild("Elsewhere", bot=None)
    stage.discord.add_member(elsewhere, stage.anna)
    return stage.discord.add_channel(elsewhere, "chat")


@pytest.mark.parametrize("menu", MENUS)
@pytest.mark.parametrize("where", ["here", "server", "group", "direct", "forwarded"])
async def test_menus_answer_one_person(stage: Stage, menu: str, where: str) -> None:
    """In servers without the bot and in groups as well as here, and on what was forwarded. No thread is opened."""
    channel = stage.channel
    if where in {"server", "group"}:
        channel = foreign(stage, where)
    elif where == "direct":
        channel = stage.discord.direct_channel(stage.anna)
    # Without the intent, the bot would answer none of these by itself.
    stage.discord.application.message_content = False
    async with stage.bot() as bot:
        await bot.logged("ready")
        note = stage.discord.post_by_webhook(channel, "a program", files=[MEMO])
        if where == "forwarded":
            note = stage.discord.forward(note, stage.channel, stage.anna)
        stage.openroute.script("Heard.", asked=MENUS[menu])
        answer = await stage.discord.context_menu(stage.anna, note, menu).answered(PATIENCE)
    assert answer.content == "Heard."
    assert answer.ephemeral
    assert note.thread is None
    assert next(iter(buttons(answer))) == "Share in channel"


@pytest.mark.parametrize("where", ["here", "server", "group"])
async def test_a_question_in_a_form(stage: Stage, where: str) -> None:
    """Of four thousand characters; what is blank is told so, also after a restart."""
    channel = stage.channel if where == "here" else foreign(stage, where)
    question = ("Why? " * 800)[:4000].strip().ljust(4000, "?")
    async with stage.bot() as bot:
        await bot.logged("ready")
        note = stage.discord.post_by_webhook(channel, "a program", files=[MEMO])
        opened = stage.discord.context_menu(stage.anna, note, "Ask about this…")
        assert (await opened.form_shown(PATIENCE))["title"] == "Ask about this recording"
        stage.openroute.script("Because.")
        told = await stage.discord.submit(opened, {"question": question}).answered(PATIENCE)
        blank = await stage.discord.submit(opened, {"question": "  \n "}).answered(PATIENCE)
        assert blank.content == "A question needs some words."
    assert (told.content, told.ephemeral, blank.ephemeral) == ("Because.", True, True)
    assert stage.openroute.requests[0].prompt == question
    async with stage.bot() as bot:
        await bot.logged("ready")
        stage.openroute.script("Because of that.")
        later = await stage.discord.submit(opened, {"question": "Why?"}).answered(PATIENCE)
    # Where the bot is no member, only what a menu has handed over was there to be heard.
    assert later.content == (
        "Because of that."
        if where == "here"
        else "I can't find this recording any more. If it is still there, use my menu on it again."
    )


async def test_more_is_asked_where_the_bot_sees_nothing(stage: Stage) -> None:
    """The buttons under a private answer, and what is behind them; no more follow-ups than Discord takes."""
    channel = foreign(stage, "server")
    async with stage.bot() as bot:
        await bot.logged("ready")
        note = stage.discord.post_voice(channel, stage.anna, SAMPLE.read_bytes(), duration=11.3)
        stage.openroute.script("Buy milk.")
        answer = await stage.discord.context_menu(stage.anna, note, "Transcribe").answered(PATIENCE)
        assert list(buttons(answer)) == ["Share in channel", "Summary", "To-dos", "Ask…", "More…"]
        stage.openroute.script("Milk is wanted.")
        summary = await press(stage, answer, "Summary").answered(PATIENCE)
        assert (summary.content, summary.ephemeral) == ("Milk is wanted.", True)
        menu = await press(stage, answer, "More…").answered(PATIENCE)
        [options] = [row["components"][0]["options"] for row in menu.components]
        assert "d" not in [option["value"] for option in options]
        custom_id = menu.components[0]["components"][0]["custom_id"]
        stage.openroute.script("Milch kaufen.")
        german = await stage.discord.press(stage.anna, menu, custom_id, ["l:de"]).answered(PATIENCE)
        assert (german.content, german.ephemeral) == ("Milch kaufen.", True)
    assert stage.discord.calls_to("POST", f"/channels/{channel.id}") == []


async def test_a_message_with_many_files_where_follow_ups_are_few(stage: Stage) -> None:
    """Six further ones: five follow, the last comes in private."""
    channel = foreign(stage, "server")
    files = [Upload(f"{name}.ogg", MEMO.data, "audio/ogg") for name in "abcdefg"]
    stage.openroute.script("Heard.", times=7)
    async with stage.bot() as bot:
        await bot.logged("ready")
        note = stage.discord.post(channel, stage.anna, files=files)
        asked = stage.discord.context_menu(stage.anna, note, "Transcribe")
        await asked.followed_up(5, PATIENCE)
        direct = stage.discord.direct_channel(stage.anna)
        await stage.said(direct, "**g.ogg**\nHeard.")
        await bot.logged("note", times=7)
    assert len(asked.followups) == 5


async def test_a_private_answer_is_shared(stage: Stage) -> None:
    """Everybody sees it then, with who shared it, who is not pinged; the button is gone, and a second press shares nothing."""
    async with stage.bot():
        await answered_note(stage)
        stage.openroute.script("Milk is wanted.")
        note = stage.channel.messages[0]
        answer = await stage.discord.context_menu(stage.anna, note, "Summarise").answered(PATIENCE)
        custom_id = buttons(answer)["Share in channel"]
        first, second = press(stage, answer, "Share in channel"), press(stage, answer, "Share in channel")
        shown = await stage.discord.wait_for(
            lambda: next(iter([*first.followups, *second.followups]), None), PATIENCE
        )
        await stage.discord.wait_for(lambda: first.acknowledged and second.acknowledged, PATIENCE)
        late = stage.discord.forge(stage.anna, answer, custom_id)
        await stage.discord.wait_for(lambda: late.acknowledged, PATIENCE)
        stage.openroute.script("- Milk")
        await press(stage, answer, "To-dos").answered(PATIENCE)
    assert not shown.ephemeral
    assert shown.content == f"-# Shared by {stage.anna.mention}\nMilk is wanted."
    assert shown.mentions == []
    assert "Share in channel" not in buttons(answer)
    assert len([*first.followups, *second.followups, *late.followups]) == 1


async def test_a_long_answer_is_shared(stage: Stage) -> None:
    """All of its pages; after a restart, nobody knows the first ones any more, and a sentence says so."""
    stage.openroute.script(LONG, times=2)
    async with stage.bot() as bot:
        await bot.logged("ready")
        note = stage.discord.post_by_webhook(stage.channel, "a program", files=[MEMO])
        asked = stage.discord.context_menu(stage.anna, note, "Summarise")
        last = await asked.followed_up(2, PATIENCE)
        await stage.discord.wait_for(lambda: buttons(last), PATIENCE)
        assert asked.response is not None
        assert buttons(asked.response) == {}
        shared = press(stage, last, "Share in channel")
        await shared.followed_up(3, PATIENCE)
        await bot.logged("note")
        assert " ".join("\n".join(each.content for each in shared.followups).split()) == (
            f"-# Shared by {stage.anna.mention} {LONG}"
        )
        assert not any(each.ephemeral for each in shared.followups)
        again = stage.discord.context_menu(stage.anna, note, "Summarise")
        last = await again.followed_up(2, PATIENCE)
        await stage.discord.wait_for(lambda: buttons(last), PATIENCE)
    async with stage.bot() as bot:
        await bot.logged("ready")
        told = await press(stage, last, "Share in channel").answered(PATIENCE)
    assert told.ephemeral
    assert told.content.startswith("I don't have all of this answer any more.")


async def test_a_short_answer_is_shared_after_a_restart(stage: Stage) -> None:
    """All of it is in the message that was pressed."""
    async with stage.bot() as bot:
        await bot.logged("ready")
        note = stage.discord.post_by_webhook(stage.channel, "a program", files=[MEMO])
        stage.openroute.script("z" * 1995)
        answer = await stage.discord.context_menu(stage.anna, note, "Transcribe").answered(PATIENCE)
    async with stage.bot() as bot:
        await bot.logged("ready")
        shared = press(stage, answer, "Share in channel")
        await shared.followed_up(2, PATIENCE)
    assert [each.content for each in shared.followups] == [f"-# Shared by {stage.anna.mention}", "z" * 1995]


async def test_who_may_not_share(stage: Stage) -> None:
    """Who may not write there; and nobody where Discord shows the bot's answers to one person alone."""
    async with stage.bot() as bot:
        await bot.logged("ready")
        note = stage.discord.post_by_webhook(stage.channel, "a program", files=[MEMO])
        stage.openroute.script("Heard.", times=2)
        answer = await stage.discord.context_menu(stage.anna, note, "Transcribe").answered(PATIENCE)
        stage.discord.forbid(stage.channel, Permission.SEND_MESSAGES, stage.guild.everyone)
        told = await press(stage, answer, "Share in channel").answered(PATIENCE)
        assert told.content == "You may not write in this channel."
        channel = foreign(stage, "server")
        stage.discord.forbid(channel, Permission.USE_EXTERNAL_APPS, channel.home.everyone)
        note = stage.discord.post(channel, stage.anna, files=[MEMO])
        hidden = await stage.discord.context_menu(stage.anna, note, "Transcribe").answered(PATIENCE)
        shared = press(stage, hidden, "Share in channel")
        nobody = await shared.answered(PATIENCE)
    assert nobody.content == "In this channel, Discord shows what I answer to you alone."
    assert told.ephemeral
    assert "Share in channel" in buttons(hidden)
    assert shared.followups == []


async def test_presets_and_languages_are_options(stage: Stage) -> None:
    """A preset in a language; a transcript in one; an own prompt in one; the heading tells what was asked."""
    stage.openroute.script("Heard.", times=3)

    async def heard(**options: str) -> str:
        asked = stage.discord.slash(stage.anna, stage.channel, "transcribe", file=MEMO, **options)
        return (await asked.answered(PATIENCE)).content

    async with stage.bot():
        assert await heard(preset="summary", language="de") == "-# ✨ Summary · German\nHeard."
        assert await heard(language="日本語") == "-# 📝 Transcript · Japanese\nHeard."
        assert await heard(prompt="List the names.", language="Swahili") == "Heard."
    prompts = [request.prompt for request in stage.openroute.requests]
    assert prompts[0].startswith("Summarise this recording in German.")
    assert prompts[1:] == [
        "Please transcribe this audio file. Write the transcript in Japanese.",
        "List the names.\n\nAnswer in Swahili.",
    ]


@pytest.mark.parametrize(
    ("options", "told"),
    [
        ({"language": "gibberish"}, "I know no language of that name."),
        ({"language": "en; ignore"}, "I know no language of that name."),
        ({"preset": "klingon"}, "I know no preset of that name."),
        ({"preset": "summary", "prompt": "List the names."}, "A preset is a ready-made prompt:"),
    ],
)
async def test_options_that_make_no_sense(stage: Stage, options: dict[str, str], told: str) -> None:
    """A sentence says so, and nothing is asked."""
    async with stage.bot():
        asked = stage.discord.slash(stage.anna, stage.channel, "transcribe", file=MEMO, **options)
        answer = await asked.answered(PATIENCE)
    assert answer.content.startswith(told)
    assert answer.ephemeral
    assert stage.openroute.requests == []


async def test_what_is_offered_while_one_types(stage: Stage) -> None:
    """In the language of who types, whatever they type; never more than Discord takes."""
    yuki = stage.discord.add_user("yuki", locale="ja")
    stage.discord.add_member(stage.guild, yuki)

    async def offered(option: str, typed: str, *, japanese: bool = False) -> list[str]:
        person = yuki if japanese else stage.anna
        asked = stage.discord.autocomplete(person, stage.channel, "transcribe", option, typed)
        choices = await asked.choices_shown(PATIENCE)
        assert len(choices) <= 25
        return [choice["value"] for choice in choices]

    async with stage.bot():
        assert len(await offered("language", "")) == 25
        assert await offered("language", "ger") == ["de"]
        assert await offered("language", "français") == ["fr"]
        assert await offered("language", "ドイツ", japanese=True) == ["de"]
        assert await offered("language", "x" * 6000) == []
        assert await offered("preset", "") == [
            "transcribe",
            "summary",
            "todos",
            "minutes",
            "translate",
            "reply",
        ]
        assert await offered("preset", "MIN") == ["minutes"]
        assert await offered("preset", "*.[") == []


async def test_a_question_with_a_file(stage: Stage) -> None:
    """/ask is answered for all, or in private; a question without words is told so."""
    stage.openroute.script("Two litres.", times=2)
    async with stage.bot():
        asked = stage.discord.slash(stage.anna, stage.channel, "ask", file=MEMO, question="How much?")
        answer = await asked.answered(PATIENCE)
        hidden = stage.discord.slash(
            stage.anna, stage.channel, "ask", file=MEMO, question="How much?", private=True
        )
        private = await hidden.answered(PATIENCE)
        blank = stage.discord.slash(stage.anna, stage.channel, "ask", file=MEMO, question="  ")
        told = await blank.answered(PATIENCE)
    asked_what = f"-# {stage.anna.mention} asked: How much?\n"
    assert (answer.content, answer.ephemeral) == (f"{asked_what}Two litres.", False)
    assert (private.content, private.ephemeral) == ("Two litres.", True)
    assert told.content == "A question needs some words."
    assert [request.prompt for request in stage.openroute.requests] == ["How much?"] * 2
    assert all("never an instruction" in request.system for request in stage.openroute.requests)


@pytest.mark.parametrize("menu", ["Summarise", "Ask about this…"])
async def test_a_message_without_files(stage: Stage, menu: str) -> None:
    """There is nothing to hear, and that is said."""
    async with stage.bot():
        text = stage.discord.post(stage.channel, stage.anna, "hello")
        answer = await stage.discord.context_menu(stage.anna, text, menu).answered(PATIENCE)
    assert answer.content.startswith("There is no file in this message.")
    assert answer.ephemeral


async def test_what_failed_in_private_is_tried_again_there(stage: Stage) -> None:
    """Where what was asked is known from the button; a question that was typed is not."""
    stage.openroute.faults.add("POST", "/chat/completions", status=402, times=2)
    async with stage.bot() as bot:
        await bot.logged("ready")
        note = stage.discord.post_by_webhook(stage.channel, "a program", files=[MEMO])
        failure = await stage.discord.context_menu(stage.anna, note, "Summarise").answered(PATIENCE)
        opened = stage.discord.context_menu(stage.anna, note, "Ask about this…")
        await opened.form_shown(PATIENCE)
        typed = await stage.discord.submit(opened, {"question": "How much?"}).answered(PATIENCE)
        assert buttons(typed) == {}
        stage.openroute.script("Milk is wanted.", asked="Summarise")
        again = await press(stage, failure, "Try again").answered(PATIENCE)
    assert (again.content, again.ephemeral) == ("Milk is wanted.", True)


async def test_a_private_press_while_the_bot_stops(stage: Stage) -> None:
    """Nothing of it is kept, so they are told to ask again."""
    rest = asyncio.Event()
    async with stage.bot() as bot:
        await bot.logged("ready")
        note = stage.discord.post_by_webhook(stage.channel, "a program", files=[MEMO])
        stage.openroute.script("Heard.")
        answer = await stage.discord.context_menu(stage.anna, note, "Transcribe").answered(PATIENCE)
        script = stage.openroute.script(rest, "Another.")
        stage.post_note()
        await asyncio.wait_for(script.waiting.wait(), PATIENCE)
        bot.process.terminate()
        await bot.logged("stopping: finishing the notes in hand")
        told = await press(stage, answer, "Summary").answered(PATIENCE)
        assert "being restarted" in told.content
        rest.set()
        assert await bot.ended() == 0


async def test_an_answer_that_stands_in_a_file_is_not_shared_by_halves(stage: Stage) -> None:
    """Discord took it only as a file: its notice alone would be no answer."""
    async with stage.bot() as bot:
        await bot.logged("ready")
        note = stage.discord.post_by_webhook(stage.channel, "a program", files=[MEMO])
        stage.discord.world.blocked_words.add("milk")
        stage.openroute.script("Buy milk.")
        answer = await stage.discord.context_menu(stage.anna, note, "Transcribe").answered(PATIENCE)
        assert answer.attachments[0].data == b"Buy milk.\n"
        told = await press(stage, answer, "Share in channel").answered(PATIENCE)
    assert told.content.startswith("I don't have all of this answer any more.")
