"""Who does not want to be heard is not, by whichever way; and what is stored of people goes when they want that."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sandbox.discord import Upload
from tests.journeys.stage import PATIENCE, SAMPLE
from tests.journeys.test_buttons import buttons

if TYPE_CHECKING:
    from sandbox.discord import Channel, Message, User
    from tests.journeys.stage import Stage

MEMO = Upload("memo.ogg", SAMPLE.read_bytes(), "audio/ogg")


async def decide(stage: Stage, person: User, label: str, *, channel: Channel | None = None) -> Message:
    """Somebody presses a button under the answer to /privacy; that answer, which then says what holds."""
    shown = await stage.discord.slash(person, channel or stage.channel, "privacy").answered(PATIENCE)
    assert shown.ephemeral
    before = shown.content
    stage.discord.press(person, shown, buttons(shown)[label])
    await stage.discord.wait_for(lambda: shown.content != before, PATIENCE)
    return shown


async def test_it_is_told_what_becomes_of_what_people_say(stage: Stage) -> None:
    """From the settings in force."""
    async with stage.bot(KEEP_DAYS="7", PROVIDER_ZDR="true") as bot:
        await bot.logged("ready")
        shown = await stage.discord.slash(stage.anna, stage.channel, "privacy").answered(PATIENCE)
    assert (
        f"Recordings are sent to `127.0.0.1:{stage.openroute.base_url.split(':')[2].split('/')[0]}`"
        in shown.content
    )
    assert "For 7 days" in shown.content
    assert "keep nothing for training" in shown.content
    assert "You have not opted out." in shown.content


async def test_who_opts_out_is_heard_by_no_way(stage: Stage) -> None:
    """Notes, menus, commands, buttons, flags and questions, their own and others'; no byte of it is even downloaded."""
    ben = stage.discord.add_user("ben")
    stage.discord.add_member(stage.guild, ben)
    stage.openroute.script("Buy milk, he says.")
    async with stage.bot() as bot:
        note = stage.post_note()
        thread = await stage.thread_on(note)
        [answer] = await stage.said(thread, "Buy milk, he says.")
        asked = len(stage.openroute.requests)
        assert "You have opted out." in (await decide(stage, stage.anna, "Opt out")).content

        silent = stage.post_note()
        await bot.logged("note", times=2)
        assert silent.thread is None
        menu = await stage.discord.context_menu(ben, silent, "Transcribe").answered(PATIENCE)
        assert "has asked not to be heard" in menu.content
        own = await stage.discord.slash(stage.anna, stage.channel, "transcribe", file=MEMO).answered(PATIENCE)
        assert "You have asked me not to hear you" in own.content
        stage.discord.press(ben, answer, buttons(answer)["Summary"])
        await stage.said(thread, "has asked not to be heard", count=2)
        stage.discord.react(note, ben, "🇩🇪")
        await stage.said(thread, "German", count=3)
        stage.discord.post(thread, ben, f"{stage.discord.me.mention} how much?")
        told = await stage.said(thread, "German", count=4)
        forwarded = stage.discord.forward(silent, stage.channel, ben)
        await bot.logged("note", times=8)
        assert forwarded.thread is None
        assert all("has asked not to be heard" in message.content for message in told[1:])
        assert len(stage.openroute.requests) == asked
        assert len([call for call in stage.discord.calls_to("GET") if "/attachments/" in call.path]) == 1

        assert "You have not opted out." in (await decide(stage, stage.anna, "Opt in")).content
        stage.openroute.script("Heard again.")
        await stage.said(await stage.thread_on(stage.post_note()), "Heard again.")


async def test_a_persons_data_is_deleted(stage: Stage) -> None:
    """With the answers to their recordings, if they want that."""
    stage.openroute.script("Buy milk, he says.", times=2)
    async with stage.bot():
        note = stage.post_note()
        await stage.said(await stage.thread_on(note), "Buy milk, he says.")
        kept = await decide(stage, stage.anna, "Delete my data")
        assert kept.content == "2 rows about you are deleted."
        assert note.thread is not None
        assert not note.thread.messages[-1].deleted
        other = stage.post_note()
        thread = await stage.thread_on(other)
        [answer] = await stage.said(thread, "Buy milk, he says.")
        gone = await decide(stage, stage.anna, "Delete my data and the answers")
        assert "1 answer to your recordings is being taken back." in gone.content
        await stage.discord.wait_for(lambda: answer.deleted or thread.id not in stage.guild.threads, PATIENCE)


async def test_a_recap_passes_over_who_has_opted_out(stage: Stage) -> None:
    """What stands already is not shown again, nor put to the model in a summary of all."""
    ben = stage.discord.add_user("ben")
    stage.discord.add_member(stage.guild, ben)
    stage.openroute.script("Buy milk, he says.")
    async with stage.bot():
        note = stage.post_note()
        await stage.said(await stage.thread_on(note), "Buy milk, he says.")
        await decide(stage, stage.anna, "Opt out")
        asked = len(stage.openroute.requests)
        shown = await stage.discord.slash(ben, stage.channel, "recap", hours=5).answered(PATIENCE)
        await stage.discord.wait_for(lambda: "has asked not to be heard" in shown.content, PATIENCE)
        assert "milk" not in shown.content
        assert len(stage.openroute.requests) == asked
