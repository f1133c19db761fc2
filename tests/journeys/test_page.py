"""The whole bot, used in a browser as a newcomer uses it: without Discord, on the stand-in's page."""

from __future__ import annotations

import wave
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

import pytest
from playwright.async_api import expect

from sandbox.discord import ChannelKind
from sandbox.discord.kinds import MessageFlag
from tests.journeys.stage import PATIENCE, SAMPLE
from tests.page import a_browser, nothing_hinders, opened

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator
    from pathlib import Path

    from playwright.async_api import Locator, Page

    from tests.journeys.stage import Stage

MILK = "Buy milk, he says."
SOUND = SAMPLE.read_bytes()


@asynccontextmanager
async def at_the_page(stage: Stage, *arguments: str) -> AsyncGenerator[Page]:
    """The bot runs, and Anna has the page open."""
    async with (
        stage.bot(NOTICE="off"),
        a_browser(*arguments) as browser,
        opened(browser, stage.discord, stage.anna) as page,
    ):
        yield page


def composer(page: Page, where: str = "#channel") -> Locator:
    """Where one writes in a channel or, with `#thread`, in the thread."""
    return page.locator(f"{where} .write textarea")


async def drop(page: Page, sound: bytes = SOUND) -> None:
    """Drop a file into the channel, as from a file manager."""
    dropped = await page.evaluate_handle(
        """([bytes, name]) => {
            const data = new DataTransfer();
            data.items.add(new File([new Uint8Array(bytes)], name, { type: "audio/ogg" }));
            return data;
        }""",
        [list(sound), "note.ogg"],
    )
    for event in ("dragover", "drop"):
        await page.dispatch_event("#channel .scroller", event, {"dataTransfer": dropped})


async def answered(page: Page, stage: Stage, text: str = MILK) -> None:
    """Drop a note, and wait for its answer in the thread beside it, buttons and all."""
    stage.openroute.script(text)
    await drop(page)
    await page.get_by_role("list", name="Files to send").get_by_text("note.ogg").wait_for()
    await composer(page).press("Enter")
    await page.locator("#thread").get_by_text(text).wait_for()
    await page.locator("#thread").get_by_role("button", name="Summary").wait_for()


async def test_a_file_is_dropped_and_answered(stage: Stage) -> None:
    """The answer comes beside it; a button makes a summary, a form asks a question, and so does the thread."""
    async with at_the_page(stage) as page:
        await answered(page, stage)
        thread = page.locator("#thread")

        stage.openroute.script("Milk.")
        await thread.get_by_role("button", name="Summary").click()
        await thread.get_by_text("Milk.", exact=True).wait_for()

        await thread.get_by_role("button", name="Ask…").last.click()
        stage.openroute.script("Two litres.")
        await page.get_by_label("Your question").fill("How much of it?")
        await page.get_by_role("button", name="Submit").click()
        await thread.get_by_text("Two litres.").wait_for()
        assert "How much of it?" in stage.openroute.requests[-1].prompt

        stage.openroute.script("Before noon.")
        await composer(page, "#thread").press_sequentially("@Ear")
        await page.get_by_role("option", name="@Earshot").wait_for()
        await page.keyboard.press("Enter")
        await page.keyboard.type("when?")
        await page.keyboard.press("Enter")
        await thread.get_by_text("Before noon.").wait_for()
        asked = next(each for each in stage.discord.world.channels.values() if each.kind.is_thread)
        assert any(each.content == f"{stage.discord.me.mention} when?" for each in asked.messages)
        await nothing_hinders(page)


async def test_the_microphone_records_a_voice_message(stage: Stage, tmp_path: Path) -> None:
    """What Chromium's microphone hears (a WAV file here) is posted as Discord's clients do, heard, and can be played."""
    spoken = tmp_path / "spoken.wav"
    with wave.open(str(spoken), "wb") as file:
        file.setparams((1, 2, 48_000, 0, "NONE", ""))
        file.writeframes(b"".join((b"\x00\x30" * 24 + b"\x00\xd0" * 24) for _ in range(2000)))
    arguments = (
        "--use-fake-ui-for-media-stream",
        "--use-fake-device-for-media-stream",
        f"--use-file-for-fake-audio-capture={spoken}",
    )
    stage.openroute.script(MILK)
    async with at_the_page(stage, *arguments) as page:
        await page.locator("#channel").get_by_role("button", name="Record a voice message").click()
        await expect(page.locator("#channel .recording .length")).to_have_text("0:01")
        await page.locator("#channel .bar").get_by_role("button", name="Send").click()
        await page.locator("#thread").get_by_text(MILK).wait_for()
        await page.locator("#channel").get_by_role("button", name="Play the voice message").click()
        await page.locator("#channel .play.playing").wait_for()
    [note] = stage.channel.messages
    [recorded] = note.attachments
    assert note.flags & MessageFlag.IS_VOICE_MESSAGE
    assert recorded.data.startswith(b"OggS")
    assert recorded.upload.duration is not None
    assert 0.5 < recorded.upload.duration < PATIENCE
    [request] = stage.openroute.requests
    assert request.audio is not None
    # A square wave is heard, and no silence.
    assert request.seconds == pytest.approx(recorded.upload.duration, abs=0.2)


async def test_a_recording_can_be_given_up(stage: Stage) -> None:
    """Nothing is posted."""
    arguments = ("--use-fake-ui-for-media-stream", "--use-fake-device-for-media-stream")
    async with at_the_page(stage, *arguments) as page:
        await page.locator("#channel").get_by_role("button", name="Record a voice message").click()
        await page.locator("#channel .bar").get_by_role("button", name="Cancel").click()
        await expect(composer(page)).to_be_focused()
    assert stage.channel.messages == []


async def test_without_a_microphone_there_is_a_sentence(stage: Stage) -> None:
    """The browser asks, and nobody lets it."""
    async with at_the_page(stage, "--deny-permission-prompts") as page:
        await page.locator("#channel").get_by_role("button", name="Record a voice message").click()
        await expect(page.get_by_role("alert")).to_contain_text("microphone")


async def test_a_command_is_completed_and_used(stage: Stage) -> None:
    """With the keys alone: the command, a preset the bot offers while one types, a file; and in one's own language."""
    async with at_the_page(stage) as page:
        await page.get_by_label("You speak").select_option("Deutsch")
        await composer(page).press_sequentially("/tran")
        offer = page.locator("#channel .suggestions li")
        await expect(offer.first).to_contain_text("/transkribieren")
        await page.keyboard.press("Enter")
        command = page.locator("#channel .command")
        await command.locator("input[type=file]").set_input_files(str(SAMPLE))
        await command.get_by_role("combobox").first.press_sequentially("zus")
        choice = command.locator(".suggestions li")
        await expect(choice).to_have_text(["✨ Zusammenfassung"])
        await nothing_hinders(page)
        await page.keyboard.press("Enter")
        stage.openroute.script("Milch.")
        await page.keyboard.press("Enter")
        await page.locator("#channel").get_by_text("Milch.", exact=True).wait_for()
        await expect(command).to_have_count(0)
    [used] = [each for each in stage.discord.world.interactions.values() if each.choices is None]
    sent = {option["name"]: option["value"] for option in used.data["options"]}
    assert sent["preset"] == "summary"
    assert used.event_json()["locale"] == "de"


async def test_a_messages_menu_has_the_bots_commands(stage: Stage) -> None:
    """By the keys: the note is summarised for one alone, who deletes their note then."""
    async with at_the_page(stage) as page:
        await answered(page, stage)
        message = page.locator("#channel .message").first
        stage.openroute.script("Milk.")
        await message.get_by_role("button", name="What to do with this message").press("Enter")
        await page.get_by_role("menuitem", name="Summarise").press("Enter")
        private = page.locator("#channel .private")
        await private.get_by_text("Milk.", exact=True).wait_for()
        await expect(private.locator(".only")).to_contain_text("Only you can see this")
        await private.get_by_role("button", name="Dismiss").click()
        await message.click(button="right")
        await page.get_by_role("menuitem", name="Forward to").press("Enter")
        stage.openroute.script("Milk again.")
        await page.get_by_role("menuitem", name="general").press("Enter")
        await page.locator("#channel .to-thread").nth(1).wait_for()
        await page.locator("#thread").get_by_text("Milk again.").wait_for()
        await page.locator("#channel .to-thread").first.click()
        await message.click(button="right")
        await page.get_by_role("menuitem", name="Delete message").click()
        await expect(page.locator("#channel .message")).to_have_count(1)
        await expect(page.locator("#thread .message")).to_have_count(0)


@pytest.mark.parametrize("kind", [ChannelKind.FORUM, ChannelKind.VOICE, None])
async def test_notes_are_heard_everywhere(stage: Stage, kind: ChannelKind | None) -> None:
    """In a post of a forum, in a voice channel's chat, and in direct messages."""
    name = "Earshot"
    if kind is None:
        stage.discord.direct_channel(stage.anna)
    else:
        name = stage.discord.add_channel(stage.guild, "elsewhere", kind).name
    stage.openroute.script(MILK)
    async with at_the_page(stage) as page:
        await page.locator("#channels").get_by_role("button", name=name).click()
        if kind is ChannelKind.FORUM:
            await page.get_by_role("textbox", name="Title of the post").fill("Milk?")
        await drop(page)
        await composer(page).press("Enter")
        await page.get_by_text(MILK).wait_for()


async def test_two_people_see_each_other(stage: Stage) -> None:
    """Whoever manages the server has commands that another has not; both see who types, and what is said."""
    async with at_the_page(stage) as page:
        owner = await page.context.new_page()
        await owner.goto(f"{page.url.partition('?')[0]}?as={stage.guild.owner.id}")
        await composer(owner).press_sequentially("/settings show")
        await owner.locator("#channel .suggestions li").first.wait_for()
        await owner.keyboard.press("Enter")
        await owner.get_by_role("button", name="Send", exact=True).first.click()
        await expect(owner.locator("#channel .private")).to_contain_text("The settings of this server.")
        await expect(page.locator("#channel .message")).to_have_count(0)
        await composer(page).press_sequentially("/settings")
        await expect(page.locator("#channel .suggestions")).to_be_hidden()
        await composer(page).fill("Hello")
        await expect(owner.locator("#channel .typing")).to_have_text("anna is typing …")
        await page.keyboard.press("Enter")
        await owner.locator("#channel").get_by_text("Hello").wait_for()
        await expect(owner.locator("#channel .typing")).to_have_text("")
