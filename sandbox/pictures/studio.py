"""The real bot between the stand-ins, two people, and a browser that takes pictures of the page."""

from __future__ import annotations

import tempfile
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from sandbox import voice
from sandbox.bot_process import BotProcess, settings_for
from sandbox.browser import browsing
from sandbox.discord import Channel, Discord, Guild, Message, Thread, User
from sandbox.openroute import Openroute
from sandbox.sample import NOTE, WORDS

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator

    from playwright.async_api import Locator, Page

PATIENCE = 30.0
"""Seconds until what the bot is to do counts as missing."""
_WIDTH = 700
_SIDE = 224
_WHOLE = 1100
_MORNING = 9


@dataclass(slots=True, eq=False)
class Studio:
    """The stand-ins with the bot between them, a browser that shows the page, and two people."""

    bot: BotProcess
    discord: Discord
    openroute: Openroute
    page: Page
    guild: Guild
    anna: User
    ben: User
    database: Path
    """The bot's, an SQLite file."""

    def channel(self, name: str = "general", guild: Guild | None = None) -> Channel:
        """An empty channel."""
        return self.discord.add_channel(guild or self.guild, name)

    def note(self, channel: Channel, heard: str) -> Message:
        """Ben posts the sample, to which the model will answer `heard`."""
        self.openroute.script(heard)
        sample = voice.record(NOTE)
        return self.discord.post_voice(
            channel, self.ben, sample.data, duration=sample.seconds, waveform=sample.waveform
        )

    async def answered(
        self, channel: Channel | None = None, heard: str = WORDS.read_text().strip()
    ) -> tuple[Message, Thread, Message]:
        """Ben posts the sample, to which the model answers `heard`; returns it, the thread on it, and the answer."""
        note = self.note(channel or self.channel(), heard)
        thread = await self.discord.wait_for(lambda: note.thread, PATIENCE)
        return note, thread, await self.said(thread)

    async def said(self, channel: Channel, count: int = 1) -> Message:
        """The bot's answer of that number in a channel, once all of it is there and has its buttons."""

        def there() -> Message | None:
            found = [message for message in channel.messages if message.author is self.discord.me]
            return found[count - 1] if len(found) >= count and found[count - 1].components else None

        return await self.discord.wait_for(there, PATIENCE)

    def press(self, person: User, message: Message, label: str) -> None:
        """Somebody presses the button with that label."""
        self.discord.press(person, message, custom_id(message, label))

    async def show(
        self, channel: Channel, shown: str, *, to: User | None = None, opened: str | None = None
    ) -> bytes:
        """A picture of a channel or a thread, with all that is in it.

        Args:
            channel: what is opened on the page.
            shown: a text that stands in it when all has come.
            to: who looks at it; Anna, if nobody is named.
            opened: a CSS selector of what that person presses then.
        """
        is_thread = isinstance(channel, Thread)
        pane = self.page.locator("#thread" if is_thread else "#channel")
        # A thread has two fifths of the page.
        width = _WIDTH * 5 // 2 if is_thread else _WIDTH + _SIDE
        await self.page.set_viewport_size({"width": width, "height": 3000})
        await self.page.goto(f"http://{self.discord.cdn_host}/?as={(to or self.anna).id}")
        await self.page.locator(f'#channels [data-id="{channel.id}"]').click()
        if not is_thread and await self.page.locator("#thread header .close").is_visible():
            await self.page.locator("#thread header .close").click()
        await pane.locator("ol", has_text=shown).first.wait_for()
        if opened:
            await pane.locator(opened).click()
        parts = await pane.locator("header, .scroller > ol, .composer, .typing").all()
        height = sum([box["height"] for part in parts if (box := await part.bounding_box())])
        return await self._picture(pane, width, round(height) + 24)

    async def whole_page(self, height: int) -> bytes:
        """A picture of the page as it was left: the list of channels, a channel, and a thread beside it."""
        return await self._picture(self.page.locator("body"), _WHOLE, height)

    def clear(self) -> None:
        """Delete all channels, so that the next picture shows none of them."""
        for channel in [
            channel for channel in self.discord.world.channels.values() if channel.parent is None
        ]:
            self.discord.delete_channel(channel)

    async def _picture(self, part: Locator, width: int, height: int) -> bytes:
        await self.page.set_viewport_size({"width": width, "height": height})
        await self.page.mouse.move(0, 0)
        # It is shown for some seconds after the answer has come.
        await self.page.evaluate(
            "for (const line of document.querySelectorAll('.typing')) line.replaceChildren()"
        )
        if not await self.page.get_by_role("dialog").count():
            await self.page.evaluate("document.activeElement.blur()")
        return await part.screenshot(animations="disabled", caret="hide")


def custom_id(message: Message, label: str) -> str:
    """What Discord calls the button of a message with that label."""
    return next(
        button["custom_id"]
        for row in message.components
        for button in row["components"]
        if button.get("label") == label
    )


@asynccontextmanager
async def opened_studio() -> AsyncGenerator[Studio]:
    """Run all of it. Raises `BrowserError` without a browser, TimeoutError if the bot does not connect."""
    with tempfile.TemporaryDirectory(prefix="earshot-studio-") as folder:
        async with Openroute() as openroute, Discord() as discord, browsing() as browser:
            anna, ben = discord.add_user("Anna"), discord.add_user("Ben")
            guild = discord.add_guild("Workshop")
            for person in (anna, ben):
                discord.add_member(guild, person)
            ours = {
                "DATABASE_URL": f"sqlite:///{folder}/earshot.db",
                "SHUTDOWN_SECONDS": "1",
                "NOTICE": "off",
            }
            async with BotProcess(settings_for(discord, openroute) | ours, Path(folder)) as bot:
                await bot.during(discord.ready(PATIENCE))
                west = (datetime.now(UTC).hour - _MORNING + 12) % 24 - 12
                # Times are written in one way, wherever the pictures are taken, and as if it were in the morning.
                page = await browser.new_page(
                    color_scheme="dark", locale="en-GB", timezone_id=f"Etc/GMT{west:+}"
                )
                yield Studio(bot, discord, openroute, page, guild, anna, ben, Path(folder) / "earshot.db")
