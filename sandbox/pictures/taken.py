"""A coroutine for each picture, in `PICTURES`: it acts as people do, and takes what the page then shows."""

from __future__ import annotations

import contextlib
import sqlite3
import time
from typing import TYPE_CHECKING

from sandbox.discord import Upload
from sandbox.pictures.studio import PATIENCE, Studio, custom_id
from sandbox.sample import NOTE

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine

    from sandbox.discord import Channel

_SUMMARY = """The meeting has to move to tomorrow morning: the train is stuck outside the station.
- The new drawings will be there.
- Coffee is paid for."""
_GERMAN = (
    "Hallo Anna, der Zug steht vor dem Bahnhof, ich komme also später. Könnten wir unser Treffen auf morgen früh"
    " verschieben? Ich bringe die neuen Zeichnungen mit, und der Kaffee geht auf mich. Bis bald."
)
_JAPANESE = (
    "アンナさん、電車が駅の手前で止まっているので遅れます。打ち合わせを明日の朝に変更できますか。"
    "新しい図面を持っていきます。コーヒーは私のおごりです。ではまた。"
)


async def answer(studio: Studio) -> bytes:
    """A note and the answer in its thread, in the whole page."""
    discord, channel = studio.discord, studio.channel()
    discord.post(channel, studio.anna, "Morning! Are we still meeting at ten?")
    discord.post(channel, studio.ben, "On my way. The 9:12 was full, so I took the next one.")
    discord.post(channel, studio.anna, "No hurry. The plotter is still warming up anyway.")
    _, thread, _ = await studio.answered(channel)
    discord.post(thread, studio.anna, "Tomorrow at nine works. Milk, no sugar!")
    await studio.show(thread, "Milk, no sugar!")
    return await studio.whole_page(height=520)


async def buttons(studio: Studio) -> bytes:
    """A summary that somebody asked for by a button."""
    _, thread, first = await studio.answered()
    studio.openroute.script(_SUMMARY)
    studio.press(studio.anna, first, "Summary")
    await studio.said(thread, 2)
    return await studio.show(thread, "Coffee is paid for.")


async def ask(studio: Studio) -> bytes:
    """The form behind *Ask…*, below an answer to a question that was asked with it."""
    _, thread, first = await studio.answered()
    pressed = studio.discord.press(studio.anna, first, custom_id(first, "Ask…"))
    await pressed.form_shown(PATIENCE)
    studio.openroute.script("Tomorrow morning. He names no hour.")
    studio.discord.submit(pressed, {"question": "When does he want to meet?"})
    await studio.said(thread, 2)
    await studio.show(
        thread, "He names no hour.", to=studio.ben, opened=".message:last-child .control:has-text('Ask…')"
    )
    await studio.page.get_by_label("Your question").fill("Does he say why?")
    return await studio.whole_page(height=620)


async def more(studio: Studio) -> bytes:
    """The select behind *More…*, opened."""
    _, thread, first = await studio.answered()
    pressed = studio.discord.press(studio.ben, first, custom_id(first, "More…"))
    await pressed.answered(PATIENCE)
    return await studio.show(thread, "can see this", to=studio.ben, opened=".opener")


async def question(studio: Studio) -> bytes:
    """A question in the thread, and what follows it."""
    _, thread, _ = await studio.answered()
    me = studio.discord.me.mention
    studio.openroute.script("The new drawings. He also pays for the coffee.")
    studio.discord.post(thread, studio.anna, f"{me} what does he bring along?")
    await studio.said(thread, 2)
    studio.openroute.script("No, only that the train is stuck outside the station.")
    studio.discord.post(thread, studio.anna, f"{me} and does he say which train?")
    await studio.said(thread, 3)
    return await studio.show(thread, "which train?")


async def flags(studio: Studio) -> bytes:
    """Translations, asked for by flags."""
    note, thread, _ = await studio.answered()
    studio.openroute.script(_GERMAN)
    studio.discord.react(note, studio.anna, "🇩🇪")
    await studio.said(thread, 2)
    studio.openroute.script(_JAPANESE)
    studio.discord.react(note, studio.anna, "🇯🇵")
    await studio.said(thread, 3)
    return await studio.show(thread, "アンナ")


async def menus(studio: Studio) -> bytes:
    """An answer that was shared, and one for a person who speaks German."""
    channel = studio.channel()
    jonas = studio.discord.add_user("Jonas", locale="de")
    studio.discord.add_member(studio.guild, jonas)
    note, _, _ = await studio.answered(channel)
    studio.openroute.script(_SUMMARY)
    private = await studio.discord.context_menu(studio.anna, note, "Summarise").answered(PATIENCE)
    shared = studio.discord.press(studio.anna, private, custom_id(private, "Share in channel"))
    await shared.followed_up(timeout=PATIENCE)
    studio.openroute.script(_GERMAN)
    await studio.discord.context_menu(jonas, note, "Translate").answered(PATIENCE)
    return await studio.show(channel, "Bis bald.", to=jonas)


async def commands(studio: Studio) -> bytes:
    """A file that was asked about with a command."""
    channel = studio.channel()
    upload = Upload("meeting.ogg", NOTE.read_bytes(), "audio/ogg")
    studio.openroute.script("Not before tomorrow morning: the train is stuck outside the station.")
    await studio.discord.slash(
        studio.ben, channel, "ask", file=upload, question="When can we meet?"
    ).answered(PATIENCE)
    studio.openroute.script(_SUMMARY)
    await studio.discord.slash(studio.ben, channel, "transcribe", file=upload, preset="summary").answered(
        PATIENCE
    )
    return await studio.show(channel, "Coffee is paid for.")


async def recap(studio: Studio) -> bytes:
    """What somebody has missed, seen by them alone."""
    channel = studio.channel()
    await studio.answered(
        channel, "Hi Anna, I am running late. Could we move our meeting to tomorrow morning?"
    )
    await studio.answered(channel, "And please bring the drawings of the second floor.")
    await studio.discord.slash(studio.anna, channel, "recap", hours=8).answered(PATIENCE)
    return await studio.show(channel, "second floor")


async def status(studio: Studio) -> bytes:
    """What would happen to a note here, and why."""
    channel = studio.channel()
    await studio.discord.slash(studio.anna, channel, "status").answered(PATIENCE)
    return await studio.show(channel, "Model")


async def usage(studio: Studio) -> bytes:
    """What a server has used in a week, as a moderator sees it."""
    channel = studio.channel()
    now = time.time()
    with contextlib.closing(sqlite3.connect(studio.database)) as beside, beside:
        # The days before, for which nobody wants to wait.
        beside.executemany(
            "INSERT INTO usage (reserved_at, state, held_until, guild_id, channel_id, asked_by, ask, seconds, tokens,"
            " cost, model) VALUES (?, 'settled', 0, ?, ?, ?, 'listened', ?, ?, ?, 'google/gemini-2.5-flash')",
            [
                (
                    now - day * 86_400,
                    studio.guild.id,
                    channel.id,
                    (studio.anna if day % 2 else studio.ben).id,
                    minutes * 60,
                    minutes * 2000,
                    minutes * 0.0024,
                )
                for day, minutes in enumerate((12, 31, 8, 0.7, 22, 17, 26))
            ],
        )
    moderator = studio.guild.owner
    await studio.discord.slash(moderator, channel, "usage", period="week").answered(PATIENCE)
    return await studio.show(channel, "By channel", to=moderator)


async def privacy(studio: Studio) -> bytes:
    """What becomes of what people say, and what they can decide."""
    channel = studio.channel()
    await studio.discord.slash(studio.anna, channel, "privacy").answered(PATIENCE)
    return await studio.show(channel, "You have not opted out.")


async def prompt(studio: Studio) -> bytes:
    """What a server's manager has set to be asked of every note, and what comes of it."""
    guild = studio.discord.add_guild("Bakery", owner=studio.anna)
    for person in (studio.anna, studio.ben):
        studio.discord.add_member(guild, person)
    channel = studio.channel("orders", guild)
    text = "List what is ordered, one line each, with the amount."
    await studio.discord.slash(studio.anna, channel, "prompt set", text=text, channel=channel).answered(
        PATIENCE
    )
    orders = "- 40 rolls\n- 12 loaves of rye bread\n- 1 tray of plum cake, for noon"
    _, thread, _ = await studio.answered(channel, orders)
    await studio.show(thread, "plum cake")
    return await studio.whole_page(height=420)


async def settings(studio: Studio) -> bytes:
    """All that a server has decided, at a glance."""
    channel = await _decided(studio)
    await studio.discord.slash(studio.anna, channel, "settings show").answered(PATIENCE)
    return await studio.show(channel, "What is decided here is bold.")


async def setting(studio: Studio) -> bytes:
    """One setting that was just changed in the panel."""
    channel = await _decided(studio)
    page = await studio.discord.slash(studio.anna, channel, "settings show").answered(PATIENCE)
    for chosen, now in (("answers", "in a thread on the note"), ("reply", "in a reply below the note")):
        select = page.components[0]["components"][0]["custom_id"]
        studio.discord.press(studio.anna, page, select, [chosen])
        await studio.discord.wait_for(lambda now=now: f"Now: {now}" in page.content, PATIENCE)
    return await studio.show(channel, "Now: in a reply below the note")


async def _decided(studio: Studio) -> Channel:
    """A channel of a server that has decided two things, in another channel."""
    guild = studio.discord.add_guild("Bakery", owner=studio.anna)
    elsewhere, channel = studio.channel("kitchen", guild), studio.channel("orders", guild)
    for name, value in (("footer", "model,cost"), ("person-minutes", "30")):
        asked = studio.discord.slash(studio.anna, elsewhere, "settings set", name=name, value=value)
        await asked.answered(PATIENCE)
    return channel


async def presets(studio: Studio) -> bytes:
    """A server's own preset, changed in the form, below an answer that has a button for it."""
    guild = studio.discord.add_guild("Bakery", owner=studio.anna)
    for person in (studio.anna, studio.ben):
        studio.discord.add_member(guild, person)
    channel = studio.channel("orders", guild)
    form = studio.discord.slash(studio.anna, channel, "presets add")
    await form.form_shown(PATIENCE)
    prompt = "List what is ordered, one line each, with the amount. Answer in {language}."
    kept = studio.discord.submit(form, {"title": "Order", "emoji": "🥖", "prompt": prompt})
    answer = await kept.answered(PATIENCE)
    await studio.discord.wait_for(lambda: "Order" in answer.content, PATIENCE)
    _, thread, first = await studio.answered(
        channel, "Good morning! Forty rolls, please, and twelve loaves of rye bread; all of it before eight."
    )
    studio.openroute.script("- 40 rolls\n- 12 loaves of rye bread\n\nBefore eight.")
    studio.press(studio.ben, first, "Order")
    await studio.said(thread, 2)
    await studio.show(thread, "Before eight.")
    page = studio.page
    await page.get_by_role("textbox", name=f"Write in {thread.name}").press_sequentially("/presets edit")
    await page.get_by_role("option", name="/presets edit").click()
    await page.get_by_role("combobox", name="preset").fill("Order")
    await page.locator(".command .suggestions li").first.click()
    await page.get_by_role("button", name="Send", exact=True).last.click()
    await page.get_by_role("dialog").wait_for()
    return await studio.whole_page(height=620)


async def introduction(studio: Studio) -> bytes:
    """What it says in a server that it was invited to."""
    guild = studio.discord.add_guild("Bakery", owner=studio.anna, bot=None)
    for person in (studio.anna, studio.ben):
        studio.discord.add_member(guild, person)
    channel = studio.channel("orders", guild)
    studio.discord.post(channel, studio.anna, "There is a new one in the kitchen. It reads voice notes.")
    studio.discord.invite_bot(guild)
    await studio.discord.wait_for(
        lambda: any(message.author is studio.discord.me for message in channel.messages), PATIENCE
    )
    return await studio.show(channel, "Hello!")


async def languages(studio: Studio) -> bytes:
    """The same in a Japanese server."""
    guild = studio.discord.add_guild("工房", owner=studio.ben, locale="ja")
    studio.discord.add_member(guild, studio.ben)
    _, thread, _ = await studio.answered(studio.channel("一般", guild))
    return await studio.show(thread, "See you soon.", to=studio.ben)


PICTURES: dict[str, Callable[[Studio], Coroutine[object, object, bytes]]] = {
    made.__name__: made
    for made in (
        answer,
        buttons,
        ask,
        more,
        question,
        flags,
        menus,
        commands,
        recap,
        status,
        usage,
        privacy,
        prompt,
        settings,
        setting,
        presets,
        introduction,
        languages,
    )
}
"""All of them, by the name of their file."""
