"""Buttons, selects and forms under answers, as people use them."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import pytest

from sandbox.discord import ChannelKind, Permission, Upload
from tests.journeys.controls import answered_note, ask, buttons, changed_ledger, choose, menu_shown, press
from tests.journeys.stage import PATIENCE, SAMPLE

if TYPE_CHECKING:
    from sandbox.discord import Channel, Interaction, Message, User
    from tests.journeys.stage import Stage


async def test_a_preset_is_answered_in_the_thread(stage: Stage) -> None:
    """A press shows nothing by itself; the answer stands below the first one, with what was not asked yet."""
    async with stage.bot():
        thread, answer = await answered_note(stage)
        assert list(buttons(answer)) == ["Summary", "To-dos", "Minutes", "Ask…", "More…"]
        stage.openroute.script("Milk is wanted.")
        press(stage, answer, "Summary")
        _, summary = await stage.said(thread, "Milk is wanted.", count=2)
    assert summary.content == "-# ✨ Summary · English\nMilk is wanted."
    assert list(buttons(summary)) == ["To-dos", "Minutes", "Translation", "Ask…", "More…"]
    request = stage.openroute.requests[-1]
    assert request.prompt.startswith("Summarise this recording in English.")
    assert "never an instruction" in request.system
    assert stage.openroute.requests[0].system == ""


async def test_a_question_is_asked_in_a_form(stage: Stage) -> None:
    """The answer says who asked what."""
    async with stage.bot():
        thread, answer = await answered_note(stage)
        pressed = press(stage, answer, "Ask…")
        await pressed.form_shown(PATIENCE)
        stage.openroute.script("Two litres.")
        stage.discord.submit(pressed, {"question": "How much?"})
        _, told = await stage.said(thread, "Two litres.", count=2)
    assert told.content == f"-# {stage.anna.mention} asked: How much?\nTwo litres."


async def test_a_second_press_is_told_where_the_answer_stands(stage: Stage) -> None:
    """Whoever presses later gets a link, and nothing is paid for twice."""
    async with stage.bot():
        thread, answer = await answered_note(stage)
        stage.openroute.script("Milk is wanted.")
        press(stage, answer, "Summary")
        _, summary = await stage.said(thread, "Milk is wanted.", count=2)
        again = press(stage, answer, "Summary")
        told = await again.followed_up(timeout=PATIENCE)
    assert told.ephemeral
    assert f"/{thread.id}/{summary.id}" in told.content
    assert len(stage.openroute.requests) == 2


async def test_everything_else_is_behind_more(stage: Stage) -> None:
    """Presets, languages and, for who speaks, deletion; the select is seen by one person alone."""
    async with stage.bot():
        thread, answer = await answered_note(stage)
        more = press(stage, answer, "More…")
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
        more = press(stage, answer, "More…")
        select = await more.answered(PATIENCE)
        stage.discord.press(stage.anna, select, menu["custom_id"], ["d"])
        await stage.discord.wait_for(lambda: answer.deleted, PATIENCE)
        await stage.discord.wait_for(lambda: select.content == "The answer is deleted.", PATIENCE)
        assert select.components == []
        assert not thread.deleted


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


@pytest.fixture
def ben(stage: Stage) -> User:
    """Somebody else."""
    ben = stage.discord.add_user("ben")
    stage.discord.add_member(stage.guild, ben)
    return ben


async def test_buttons_cost_no_call_of_their_own(stage: Stage) -> None:
    """An answer that comes at once is one message, sent with its buttons; nothing is edited."""
    async with stage.bot():
        thread, _ = await answered_note(stage)
    sent = stage.discord.calls_to("POST", "/channels/")
    assert [call.path for call in sent if call.path.endswith("/messages")] == [
        f"/channels/{thread.id}/messages"
    ]
    assert stage.discord.calls_to("PATCH", "/channels/") == []


async def test_buttons_work_after_a_restart(stage: Stage) -> None:
    """Presets, the form and the menu: nothing of them was in memory."""
    async with stage.bot():
        thread, answer = await answered_note(stage)
        form = press(stage, answer, "Ask…")
        await form.form_shown(PATIENCE)
    async with stage.bot():
        stage.openroute.script("Milk is wanted.")
        press(stage, answer, "Summary")
        await stage.said(thread, "Milk is wanted.", count=2)
        stage.openroute.script("Two litres.")
        stage.discord.submit(form, {"question": "How much?"})
        await stage.said(thread, "Two litres.", count=3)
        stage.openroute.script("Milch kaufen.")
        chosen = choose(stage, await menu_shown(stage, answer), "In German")
        await stage.said(thread, "Milch kaufen.", count=4)
        assert (await chosen.answered(PATIENCE)).content == "All right: the answer will appear here."


async def test_an_ask_survives_the_death_of_the_process(stage: Stage) -> None:
    """Killed while the model speaks: answered once, in the place it had begun, and paid for once more at most."""
    never = asyncio.Event()
    async with stage.bot() as bot:
        thread, answer = await answered_note(stage)
        stage.openroute.script("Milk ", never)
        press(stage, answer, "Summary")
        await stage.said(thread, "Milk", count=2)
        await bot.kill()
        bot.expected_status = -9
    stage.openroute.script("Milk is wanted.")
    async with stage.bot() as bot:
        _, summary = await stage.said(thread, "Milk is wanted.", count=2)
        await bot.logged("note")
        await stage.discord.wait_for(lambda: buttons(summary), PATIENCE)
    assert [message.content for message in stage.of_the_bot(thread)] == [
        "Buy milk, he says.",
        "-# ✨ Summary · English\nMilk is wanted.",
    ]
    assert len(stage.openroute.requests) == 3


async def test_two_people_press_in_the_same_moment(stage: Stage, ben: User) -> None:
    """One request, one answer; one of them is told that it is being worked on, and later ones where it stands."""
    go_on = asyncio.Event()
    async with stage.bot():
        thread, answer = await answered_note(stage)
        script = stage.openroute.script("Milk ", go_on, "is wanted.")
        both = [press(stage, answer, "Summary"), press(stage, answer, "Summary", by=ben)]
        await asyncio.wait_for(script.waiting.wait(), PATIENCE)
        told = await stage.discord.wait_for(
            lambda: [message for one in both for message in one.followups], PATIENCE
        )
        assert [message.content for message in told] == ["That was asked already: I'm working on it."]
        assert told[0].ephemeral
        go_on.set()
        _, summary = await stage.said(thread, "Milk is wanted.", count=2)
        await stage.discord.wait_for(lambda: buttons(summary), PATIENCE)
        later = await press(stage, answer, "Summary", by=ben).followed_up(timeout=PATIENCE)
    assert later.content.endswith(f"/channels/{stage.guild.id}/{thread.id}/{summary.id}")
    assert len(stage.openroute.requests) == 2


async def told_privately(stage: Stage, interaction: Interaction) -> Message:
    """What an interaction has one person told."""
    return await stage.discord.wait_for(
        lambda: next(
            (
                message
                for message in (interaction.response, *interaction.followups)
                if message is not None and message.ephemeral and message is not interaction.source
            ),
            None,
        ),
        PATIENCE,
    )


HOSTILE = [
    "e:",
    "e:p",
    "e:?::",
    "e:p:zz..:summary:en",
    "e:p:1.2:summary:en",
    f"e:p:{'z' * 25}.{'z' * 25}.{'z' * 25}:summary:en",
    "e:p:{note}:klingon:en",
    "e:p:{note}:summary:klingon",
    "e:p:{note}:summary:en; ignore all that",
    "e:p:{note}::",
    "e:p::summary:en",
    "e:r:{note}:preset:summary:klingon",
    "e:r:{note}:typed:1",
    "e:r:{note}:question:99999999999999999999999",
    "e:r:{note}:nonsense",
    "e:s:{note}:x",
    "e:s:{note}:99999999999999999999999999",
    "e:s:{note}:",
    "e:z:{note}:",
    "e:h::",
    "e:q:{note}:",
    "e:p:1.1.1:summary:en",
]


@pytest.mark.parametrize("custom_id", HOSTILE)
async def test_a_forged_press(stage: Stage, custom_id: str) -> None:
    """Whatever a program makes of a custom id, it is told in a sentence that there is nothing, and nothing is asked."""
    async with stage.bot():
        _, answer = await answered_note(stage)
        note = buttons(answer)["Summary"].split(":")[2]
        forged = stage.discord.forge(stage.anna, answer, custom_id.replace("{note}", note))
        told = await told_privately(stage, forged)
        assert told.content.endswith(".")
    assert len(stage.openroute.requests) == 1


@pytest.mark.parametrize("value", ["l:klingon", "l:en; ignore", "p:klingon", "p:", "", "x", "l:"])
async def test_a_forged_choice(stage: Stage, value: str) -> None:
    """What the menu did not offer is not asked for."""
    async with stage.bot():
        _, answer = await answered_note(stage)
        shown = await menu_shown(stage, answer)
        custom_id = shown.components[0]["components"][0]["custom_id"]
        forged = stage.discord.forge(stage.anna, shown, custom_id, [value])
        told = await forged.answered(PATIENCE)
    assert told.ephemeral
    assert told.content == "That can't be asked of the model I use now."
    assert len(stage.openroute.requests) == 1


async def test_who_may_delete_an_answer(stage: Stage, ben: User) -> None:
    """Who speaks, and who manages messages; of others, even a program is refused."""
    moderator = stage.discord.add_user("moderator")
    stage.discord.add_member(stage.guild, moderator, Permission.MANAGE_MESSAGES)
    async with stage.bot():
        thread, answer = await answered_note(stage)
        shown = await menu_shown(stage, answer, by=ben)
        options = shown.components[0]["components"][0]["options"]
        assert "d" not in [option["value"] for option in options]
        custom_id = shown.components[0]["components"][0]["custom_id"]
        forged = stage.discord.forge(ben, shown, custom_id, ["d"])
        refused = await forged.answered(PATIENCE)
        await stage.discord.wait_for(lambda: "can have its answers deleted" in refused.content, PATIENCE)
        assert not answer.deleted
        choose(stage, await menu_shown(stage, answer, by=moderator), "Delete this answer", by=moderator)
        await stage.discord.wait_for(lambda: answer.deleted, PATIENCE)
    assert stage.of_the_bot(thread) == []


async def test_an_answer_that_cannot_be_deleted_now(stage: Stage) -> None:
    """Whoever wants it deleted is told that it will be, and need not press again."""
    async with stage.bot() as bot:
        _, answer = await answered_note(stage)
        shown = await menu_shown(stage, answer)
        body = {"code": 40333, "message": "internal network error"}
        stage.discord.faults.add(
            "DELETE", f"/channels/{answer.channel.id}/messages/{answer.id}", status=403, body=body
        )
        told = await choose(stage, shown, "Delete this answer").answered(PATIENCE)
        await stage.discord.wait_for(lambda: "keep trying until it is gone" in told.content, PATIENCE)
        await bot.logged("an answer is deleted later")
        assert not answer.deleted


async def test_what_was_deleted_can_be_asked_for_again(stage: Stage) -> None:
    """In the next moment, in the same words: it stands there again."""
    async with stage.bot():
        thread, answer = await answered_note(stage)
        stage.openroute.script("Milk is wanted.", times=2)
        press(stage, answer, "Summary")
        _, summary = await stage.said(thread, "Milk is wanted.", count=2)
        await stage.discord.wait_for(lambda: buttons(summary), PATIENCE)
        choose(stage, await menu_shown(stage, summary), "Delete this answer")
        await stage.discord.wait_for(lambda: summary.deleted, PATIENCE)
        press(stage, answer, "Summary")
        _, again = await stage.said(thread, "Milk is wanted.", count=2)
    assert again.id != summary.id
    assert not answer.deleted


async def test_a_note_that_is_gone(stage: Stage) -> None:
    """A sentence says so, in the thread and under a private answer."""
    async with stage.bot() as bot:
        thread, answer = await answered_note(stage)
        stage.openroute.script("Milk is wanted.")
        private = await stage.discord.context_menu(stage.anna, note_of(stage), "Summarise").answered(PATIENCE)
        await bot.logged("note", times=2)
        stage.discord.post(thread, stage.anna, "So this stays.")
        stage.discord.delete(note_of(stage))
        await stage.discord.wait_for(lambda: answer.deleted, PATIENCE)
        custom_id = buttons(answer)["Summary"]
        told = await told_privately(stage, stage.discord.forge(stage.anna, answer, custom_id))
        assert told.content.startswith("The file is no longer there")
        stage.openroute.faults.add("POST", "/chat/completions", status=500)
        told = await press(stage, private, "To-dos").answered(PATIENCE)
        assert told.content.startswith("I can't find this recording any more.")
    assert len(stage.openroute.requests) == 2


def note_of(stage: Stage) -> Message:
    """The first message in the channel."""
    return stage.channel.messages[0]


async def test_a_service_that_is_away(stage: Stage, ben: User) -> None:
    """After `KEEP_TRYING_MINUTES` there is a button; two who press it are answered once, and the second is told so."""
    stage.openroute.faults.add("POST", "/chat/completions", status=503, times=None)
    go_on = asyncio.Event()
    async with stage.bot(KEEP_TRYING_MINUTES="0"):
        thread = await stage.thread_on(stage.post_note())
        [failure] = await stage.said(thread, "try again in a few minutes")
        stage.openroute.faults.clear()
        script = stage.openroute.script("Buy ", go_on, "milk.")
        both = [press(stage, failure, "Try again"), press(stage, failure, "Try again", by=ben)]
        await asyncio.wait_for(script.waiting.wait(), PATIENCE)
        [told] = await stage.discord.wait_for(
            lambda: [one.response for one in both if one.response not in {None, failure}], PATIENCE
        )
        assert told is not None
        assert told.content == "That was asked already: I'm working on it."
        go_on.set()
        [answer] = await stage.said(thread, "Buy milk.")
    assert answer is failure
    assert len(stage.openroute.requests) == 1


async def test_a_typed_question_that_failed(stage: Stage, ben: User) -> None:
    """Whoever has it tried again, it stays the question of who asked it."""
    async with stage.bot(KEEP_TRYING_MINUTES="0"):
        thread, answer = await answered_note(stage)
        stage.openroute.faults.add(
            "POST", "/chat/completions", status=402, body={"error": {"code": 402, "message": "no"}}
        )
        await ask(stage, answer, "How much?")
        _, failure = await stage.said(thread, "out of credit", count=2)
        stage.openroute.script("Two litres.")
        press(stage, failure, "Try again", by=ben)
        await stage.said(thread, "Two litres.", count=2)
        pressed = await stage.discord.wait_for(lambda: buttons(failure), PATIENCE)
    assert failure.content == f"-# {stage.anna.mention} asked: How much?\nTwo litres."
    assert "Try again" not in pressed


async def test_a_press_while_the_bot_stops(stage: Stage) -> None:
    """They are told, and the next run answers it."""
    rest = asyncio.Event()
    async with stage.bot() as bot:
        thread, answer = await answered_note(stage)
        script = stage.openroute.script(rest, "Second note.")
        stage.post_note()
        await asyncio.wait_for(script.waiting.wait(), PATIENCE)
        bot.process.terminate()
        await bot.logged("stopping: finishing the notes in hand")
        pressed = press(stage, answer, "Summary")
        told = await pressed.followed_up(timeout=PATIENCE)
        assert told.ephemeral
        assert told.content == "I'm being restarted: the answer will appear here in a minute."
        rest.set()
        assert await bot.ended() == 0
    stage.openroute.script("Milk is wanted.")
    async with stage.bot():
        await stage.said(thread, "Milk is wanted.", count=2)


async def test_a_note_of_which_the_ledger_knows_nothing_any_more(stage: Stage) -> None:
    """Its row is deleted after a while: more can still be asked, and its answer be deleted."""
    async with stage.bot():
        thread, answer = await answered_note(stage)
    changed_ledger(stage, "DELETE FROM notes")
    async with stage.bot() as bot:
        stage.openroute.script("Milk is wanted.")
        press(stage, answer, "Summary")
        await stage.said(thread, "Milk is wanted.", count=2)
        await bot.logged("note")
        choose(stage, await menu_shown(stage, answer), "Delete this answer")
        await stage.discord.wait_for(lambda: answer.deleted, PATIENCE)
        assert len(stage.of_the_bot(thread)) == 1


async def test_each_of_several_files_is_asked_about(stage: Stage) -> None:
    """The buttons under the answer to a file are about that file."""
    memo = Upload("a.ogg", SAMPLE.read_bytes(), "audio/ogg")
    other = Upload("b.ogg", SAMPLE.read_bytes(), "audio/ogg")
    stage.openroute.script("Heard.", times=2)
    async with stage.bot(NOTES_AT_ONCE="1"):
        note = stage.discord.post(stage.channel, stage.anna, files=[memo, other])
        thread = await stage.thread_on(note)
        _, second = await stage.said(thread, "**b.ogg**\nHeard.", count=2)
        await stage.discord.wait_for(lambda: buttons(second), PATIENCE)
        stage.openroute.script("Of the second.")
        press(stage, second, "Summary")
        *_, summary = await stage.said(thread, "Of the second.", count=3)
    assert summary.content == "**b.ogg**\n-# ✨ Summary · English\nOf the second."
    assert len(stage.openroute.requests) == 3


@pytest.mark.parametrize("place", ["voice", "thread", "post", "direct", "no threads"])
async def test_wherever_an_answer_stands(stage: Stage, place: str) -> None:
    """In the chat of a voice channel, in threads and posts, in direct messages, and where there can be no threads."""
    channel = place_of(stage, place)
    stage.openroute.script("Buy milk.")
    async with stage.bot():
        note = stage.post_note(channel)
        [answer] = await stage.said(channel, "Buy milk.")
        stage.openroute.script("Milk is wanted.")
        await stage.discord.wait_for(lambda: buttons(answer), PATIENCE)
        press(stage, answer, "Summary")
        _, summary = await stage.said(channel, "Milk is wanted.", count=2)
        stage.openroute.script("Two litres.")
        await ask(stage, summary, "How much?")
        _, _, told = await stage.said(channel, "Two litres.", count=3)
        await stage.discord.wait_for(lambda: buttons(told), PATIENCE)
        choose(stage, await menu_shown(stage, told), "Delete this answer")
        await stage.discord.wait_for(lambda: told.deleted, PATIENCE)
    assert summary.reference is not None
    assert summary.reference.message_id == note.id
    assert not answer.deleted


def place_of(stage: Stage, name: str) -> Channel:
    """A place where notes can be posted."""
    match name:
        case "voice":
            return stage.discord.add_channel(stage.guild, "talk", ChannelKind.VOICE)
        case "thread":
            return stage.discord.open_thread(stage.channel, stage.anna, "planning")
        case "post":
            forum = stage.discord.add_channel(stage.guild, "ideas", ChannelKind.FORUM)
            return stage.discord.open_post(forum, stage.anna, "An idea", "hello").channel
        case "direct":
            return stage.discord.direct_channel(stage.anna)
        case _:
            stage.discord.forbid(stage.channel, Permission.CREATE_PUBLIC_THREADS)
            return stage.channel


async def test_what_the_server_reads_and_what_one_person_reads(stage: Stage) -> None:
    """A German server is answered in German, a Japanese person in private in Japanese."""
    stage.guild.locale = "de"
    yuki = stage.discord.add_user("yuki", locale="ja")
    stage.discord.add_member(stage.guild, yuki)
    async with stage.bot() as bot:
        thread, answer = await answered_note(stage)
        summary_id = next(found for found in buttons(answer).values() if ":summary:" in found)
        assert summary_id.endswith(":summary:de")
        stage.openroute.script("Milch wird gebraucht.")
        stage.discord.press(yuki, answer, summary_id)
        await stage.said(thread, "Milch wird gebraucht.", count=2)
        await bot.logged("note", times=2)
        assert "in German" in stage.openroute.requests[-1].prompt
        stage.openroute.script("牛乳が必要です。")
        menu = stage.discord.context_menu(yuki, note_of(stage), "Summarise")
        private = await menu.answered(PATIENCE)
        assert "in Japanese" in stage.openroute.requests[-1].prompt
        assert any(":todos:ja" in found for found in buttons(private).values())


async def test_headings_hold_whatever_is_typed(stage: Stage) -> None:
    """Markdown in a question does not reach beyond its line, and a long one is cut; answers still fit their messages."""
    question = (
        "**bold** `code ```fence\n# big\n> quote\n-# small @everyone <@1> ||spoiler|| [a](https://b.example) "
        + "x" * 3800
    )
    async with stage.bot():
        thread, answer = await answered_note(stage)
        stage.openroute.script("y" * 1990)
        await ask(stage, answer, question)
        messages = await stage.said(thread, "y" * 300, count=3)
    heading, _, rest = messages[1].content.partition("\n")
    assert heading.startswith(f"-# {stage.anna.mention} asked: \\*\\*bold\\*\\* \\`code")
    assert set(rest) <= {"y"}
    assert "```" not in heading
    assert all(len(message.content) <= 2000 for message in messages)


async def test_a_fleet_answers_presses(stage: Stage, ben: User, fleet_url: str) -> None:
    """The gateway writes down what is pressed, a worker answers it; of two presses, it is asked for once."""
    never = asyncio.Event()
    async with stage.bot("--gateway-only", DATABASE_URL=fleet_url) as gateway:
        async with stage.worker(DATABASE_URL=fleet_url) as worker:
            thread, answer = await answered_note(stage)
            script = stage.openroute.script("Milk ", never)
            first = press(stage, answer, "Summary")
            await asyncio.wait_for(script.waiting.wait(), PATIENCE)
            second = press(stage, answer, "Summary", by=ben)
            told = await second.followed_up(timeout=PATIENCE)
            assert told.content == "That was asked already: I'm working on it."
            await stage.said(thread, "Milk", count=2)
            await worker.kill()
            worker.expected_status = -9
        stage.openroute.script("Milk is wanted.")
        async with stage.worker(DATABASE_URL=fleet_url) as worker:
            _, summary = await stage.said(thread, "Milk is wanted.", count=2)
            await worker.logged("note")
            stage.openroute.script("Two litres.")
            stage.discord.post(thread, ben, "How much?", reply_to=summary)
            await stage.said(thread, "Two litres.", count=3)
            stage.openroute.script("Milch kaufen.")
            stage.discord.react(answer, ben, "🇩🇪")
            await stage.said(thread, "Milch kaufen.", count=4)
            choose(stage, await menu_shown(stage, summary), "Delete this answer")
            await stage.discord.wait_for(lambda: summary.deleted, PATIENCE)
    assert first.followups == []
    assert len(stage.openroute.requests) == 5
    assert not [line for line in gateway.lines if line["event"] == "note"]


async def test_a_thread_that_was_closed_meanwhile(stage: Stage) -> None:
    """It is opened for what is asked, and for what is deleted."""
    async with stage.bot():
        thread, answer = await answered_note(stage)
        stage.discord.archive(thread)
        stage.openroute.script("Milk is wanted.")
        press(stage, answer, "Summary")
        _, summary = await stage.said(thread, "Milk is wanted.", count=2)
        await stage.discord.wait_for(lambda: buttons(summary), PATIENCE)
        stage.discord.archive(thread)
        chosen = choose(stage, await menu_shown(stage, summary), "Delete this answer")
        told = await chosen.answered(PATIENCE)
        await stage.discord.wait_for(lambda: told.content == "The answer is deleted.", PATIENCE)
    assert summary.deleted
    assert not answer.deleted


async def test_a_forged_deletion(stage: Stage, ben: User) -> None:
    """Who speaks in one recording can't have the bot's other messages deleted, whatever a program sends."""
    stage.discord.forbid(stage.channel, Permission.CREATE_PUBLIC_THREADS)
    stage.openroute.script("Heard.", times=2)
    async with stage.bot() as bot:
        stage.post_note(author=ben)
        [of_ben] = await stage.said(stage.channel, "Heard.")
        stage.post_note()
        _, of_anna = await stage.said(stage.channel, "Heard.", count=2)
        await bot.logged("note", times=2)
        shown = await menu_shown(stage, of_anna)
        custom_id = shown.components[0]["components"][0]["custom_id"]
        forged = custom_id.replace(str(of_anna.id), str(of_ben.id))
        assert forged != custom_id
        told = await stage.discord.forge(stage.anna, shown, forged, ["d"]).answered(PATIENCE)
        await stage.discord.wait_for(lambda: "can't be deleted now" in told.content, PATIENCE)
    assert not of_ben.deleted
