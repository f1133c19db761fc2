"""What the bot itself says is in the language of those who read it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sandbox.discord import Upload
from tests.journeys.stage import PATIENCE, SAMPLE

if TYPE_CHECKING:
    from tests.journeys.stage import Stage

PICTURE = Upload("cat.png", b"\x89PNG\r\n", "image/png")
MEMO = Upload("memo.ogg", SAMPLE.read_bytes(), "audio/ogg")


async def test_each_is_answered_in_the_language_of_those_who_read_it(stage: Stage) -> None:
    """What all can read is in the server's, what one person reads in theirs."""
    guild = stage.discord.add_guild("Werkstatt", locale="de")
    channel = stage.discord.add_channel(guild, "allgemein")
    yuki = stage.discord.add_user("yuki", locale="ja")
    stage.discord.add_member(guild, stage.anna)
    stage.discord.add_member(guild, yuki)
    async with stage.bot():
        note = stage.discord.post(channel, stage.anna, files=[Upload("leer.ogg", b"")])
        await stage.said(await stage.thread_on(note), "Diese Datei ist leer (0 Byte)")
        public = await stage.discord.slash(yuki, channel, "transcribe", file=PICTURE).answered(PATIENCE)
        private = await stage.discord.context_menu(yuki, note, "Transcribe").answered(PATIENCE)
    assert public.content.startswith("Diese Datei ist kein Audio")
    assert not public.ephemeral
    assert private.content.startswith("このファイルは空")
    assert private.ephemeral


async def test_a_thread_is_named_in_the_servers_language(stage: Stage) -> None:
    """And so are times in it. The answer is the model's, in whatever language."""
    guild = stage.discord.add_guild("Мастерская", locale="ru")
    channel = stage.discord.add_channel(guild, "общий")
    stage.discord.add_member(guild, stage.anna)
    stage.openroute.script("Heard.")
    async with stage.bot():
        thread = await stage.thread_on(stage.post_note(channel))
        await stage.said(thread, "Heard.")
    assert thread.name.replace("\xa0", " ") == "Голосовое сообщение (11 с)"  # noqa: RUF001 - Russian letters


async def test_what_is_not_spoken_is_answered_in_english(stage: Stage) -> None:
    """An Italian has English words; in a direct message, a person whose command was seen has theirs."""
    gianni = stage.discord.add_user("gianni", locale="it")
    stage.discord.add_member(stage.guild, gianni)
    luise = stage.discord.add_user("luise", locale="de")
    stage.discord.add_member(stage.guild, luise)
    async with stage.bot():
        asked = stage.discord.context_menu(
            gianni, stage.discord.post(stage.channel, gianni, "Ciao"), "Transcribe"
        )
        told = await asked.answered(PATIENCE)
        direct = stage.discord.direct_channel(luise)
        stage.discord.post(direct, luise, files=[Upload("leer.ogg", b"")])
        await stage.said(direct, "This file is empty")
        await stage.discord.slash(luise, stage.channel, "transcribe", file=PICTURE).answered(PATIENCE)
        stage.discord.post(direct, luise, files=[Upload("leer.ogg", b"")])
        await stage.said(direct, "Diese Datei ist leer")
    assert told.content.startswith("There is no file in this message.")
