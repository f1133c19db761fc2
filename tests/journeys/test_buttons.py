"""Buttons, selects and forms under answers, as people use them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.journeys.stage import PATIENCE

if TYPE_CHECKING:
    from sandbox.discord import Message
    from tests.journeys.stage import Stage


def buttons(message: Message) -> dict[str, str]:
    """The custom ids of a message's buttons by their labels."""
    return {
        button["label"]: button["custom_id"]
        for row in message.components
        for button in row["components"]
        if button["type"] == 2
    }


async def test_a_preset_is_answered_in_the_thread(stage: Stage) -> None:
    """A press shows nothing by itself; the answer stands below the first one, with what was not asked yet."""
    stage.openroute.script("Buy milk, he says.")
    async with stage.bot():
        note = stage.post_note()
        thread = await stage.thread_on(note)
        [answer] = await stage.said(thread, "Buy milk, he says.")
        assert list(buttons(answer)) == ["Summary", "To-dos", "Minutes", "Ask…", "More…"]
        stage.openroute.script("Milk is wanted.")
        stage.discord.press(stage.anna, answer, buttons(answer)["Summary"])
        _, summary = await stage.said(thread, "Milk is wanted.", count=2)
    assert summary.content == "-# ✨ Summary · English\nMilk is wanted."
    assert list(buttons(summary)) == ["To-dos", "Minutes", "Translation", "Ask…", "More…"]
    request = stage.openroute.requests[-1]
    assert request.prompt.startswith("Summarise this recording in English.")
    assert "never an instruction" in request.system
    assert stage.openroute.requests[0].system == ""


async def test_a_question_is_asked_in_a_form(stage: Stage) -> None:
    """The answer says who asked what."""
    stage.openroute.script("Buy milk, he says.")
    async with stage.bot():
        note = stage.post_note()
        thread = await stage.thread_on(note)
        [answer] = await stage.said(thread, "Buy milk, he says.")
        pressed = stage.discord.press(stage.anna, answer, buttons(answer)["Ask…"])
        await pressed.form_shown(PATIENCE)
        stage.openroute.script("Two litres.")
        stage.discord.submit(pressed, {"question": "How much?"})
        _, told = await stage.said(thread, "Two litres.", count=2)
    assert told.content == f"-# {stage.anna.mention} asked: How much?\nTwo litres."


async def test_a_second_press_is_told_where_the_answer_stands(stage: Stage) -> None:
    """Whoever presses later gets a link, and nothing is paid for twice."""
    stage.openroute.script("Buy milk, he says.")
    async with stage.bot():
        note = stage.post_note()
        thread = await stage.thread_on(note)
        [answer] = await stage.said(thread, "Buy milk, he says.")
        stage.openroute.script("Milk is wanted.")
        stage.discord.press(stage.anna, answer, buttons(answer)["Summary"])
        _, summary = await stage.said(thread, "Milk is wanted.", count=2)
        again = stage.discord.press(stage.anna, answer, buttons(answer)["Summary"])
        told = await again.followed_up(timeout=PATIENCE)
    assert told.ephemeral
    assert f"/{thread.id}/{summary.id}" in told.content
    assert len(stage.openroute.requests) == 2


async def test_everything_else_is_behind_more(stage: Stage) -> None:
    """Presets, languages and, for who speaks, deletion; the select is seen by one person alone."""
    stage.openroute.script("Buy milk, he says.")
    async with stage.bot():
        note = stage.post_note()
        thread = await stage.thread_on(note)
        [answer] = await stage.said(thread, "Buy milk, he says.")
        more = stage.discord.press(stage.anna, answer, buttons(answer)["More…"])
        select = await more.answered(PATIENCE)
        assert select.ephemeral
        [row] = select.components
        [menu] = row["components"]
        labels = [option["label"] for option in menu["options"]]
        assert "Delete this answer" in labels
        assert "In German" in labels
        stage.openroute.script("Milch kaufen, sagt er.")
        stage.discord.press(stage.anna, select, menu["custom_id"], ["l:de"])
        await stage.said(thread, "Milch kaufen, sagt er.", count=2)
        more = stage.discord.press(stage.anna, answer, buttons(answer)["More…"])
        select = await more.answered(PATIENCE)
        stage.discord.press(stage.anna, select, menu["custom_id"], ["d"])
        await stage.discord.wait_for(lambda: answer.deleted, PATIENCE)
        await stage.discord.wait_for(lambda: select.content == "The answer is deleted.", PATIENCE)
        assert select.components == []
        assert not thread.deleted


async def test_a_question_in_the_thread_is_answered_with_what_was_said(stage: Stage) -> None:
    """The model hears the recording again, and reads the conversation; who asks is told apart."""
    stage.openroute.script("Buy milk, he says.")
    async with stage.bot():
        note = stage.post_note()
        thread = await stage.thread_on(note)
        await stage.said(thread, "Buy milk, he says.")
        stage.discord.post(thread, stage.anna, "I wonder.")
        stage.openroute.script("Two litres.")
        question = stage.discord.post(thread, stage.anna, f"{stage.discord.me.mention} how much?")
        _, told = await stage.said(thread, "Two litres.", count=2)
    assert told.reference is not None
    assert told.reference.message_id == question.id
    messages = stage.openroute.requests[-1].body["messages"]
    assert [message["role"] for message in messages] == ["system", "user", "assistant", "user"]
    assert messages[1]["content"][1]["type"] == "input_audio"
    assert messages[2]["content"] == "Buy milk, he says."
    assert messages[3]["content"] == "Anna: I wonder.\nAnna: how much?"


async def test_a_flag_asks_for_a_translation(stage: Stage) -> None:
    """Once a language, into the thread."""
    stage.openroute.script("Buy milk, he says.")
    async with stage.bot():
        note = stage.post_note()
        thread = await stage.thread_on(note)
        [answer] = await stage.said(thread, "Buy milk, he says.")
        stage.openroute.script("Milch kaufen, sagt er.")
        stage.discord.react(note, stage.anna, "🇩🇪")
        _, told = await stage.said(thread, "Milch kaufen, sagt er.", count=2)
        stage.discord.react(answer, stage.anna, "🇩🇪")
        stage.openroute.script("ミルクを買って。")
        stage.discord.react(answer, stage.anna, "🇯🇵")
        await stage.said(thread, "ミルクを買って。", count=3)
    assert told.content.startswith("-# 🌐 Translation · German\n")
    assert len(stage.openroute.requests) == 3


async def test_a_private_answer_is_shared(stage: Stage) -> None:
    """Everybody sees it then, with who shared it; the button is gone."""
    stage.openroute.script("Milk is wanted.")
    async with stage.bot() as bot:
        await bot.logged("ready")
        note = stage.discord.post(stage.channel, stage.anna, "no note")
        stage.openroute.script("Buy milk, he says.")
        note = stage.post_note()
        await stage.thread_on(note)
        asked = stage.discord.context_menu(stage.anna, note, "Summarise")
        answer = await asked.answered(PATIENCE)
        assert answer.ephemeral
        shared = stage.discord.press(stage.anna, answer, buttons(answer)["Share in channel"])
        shown = await shared.followed_up(timeout=PATIENCE)
    assert not shown.ephemeral
    assert shown.content.startswith(f"-# Shared by {stage.anna.mention}\n")
    assert "Share in channel" not in buttons(answer)


async def test_what_may_pass_can_be_tried_again(stage: Stage) -> None:
    """The same message then holds the answer."""
    stage.openroute.faults.add(
        "POST", "/chat/completions", status=400, body={"error": {"code": 402, "message": "no"}}
    )
    async with stage.bot(KEEP_TRYING_MINUTES="0"):
        note = stage.post_note()
        thread = await stage.thread_on(note)
        [failure] = await stage.said(thread, "Please tell")
        stage.openroute.script("Buy milk, he says.")
        stage.discord.press(stage.anna, failure, buttons(failure)["Try again"])
        await stage.said(thread, "Buy milk, he says.")
    assert failure.content == "Buy milk, he says."
    assert "Summary" in buttons(failure)
