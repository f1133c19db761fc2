"""The chat page: what a browser shows of messages, channels and threads."""

from __future__ import annotations

import asyncio
import base64
import re
from typing import TYPE_CHECKING

import pytest
from playwright.async_api import expect

from sandbox import voice
from sandbox.discord import ChannelKind, Discord, Upload
from sandbox.sample import NOTE
from tests.page import opened
from tests.sandbox.discord.beside_the_browser import http, page, sandbox

if TYPE_CHECKING:
    from playwright.async_api import Browser, Page

    from tests.sandbox.discord.clients import Scene

__all__ = ["http", "page", "sandbox"]

pytestmark = pytest.mark.asyncio(loop_scope="session")

IN_THREAD = "#thread .message:not(.starter) .text"
SOUND = bytes(range(256))


async def test_a_note_and_its_answer_appear_as_they_come(sandbox: Discord, scene: Scene, page: Page) -> None:
    """The note appears with its waveform, then its thread beside it, someone typing, and an answer that grows."""
    waveform = base64.b64encode(bytes([0, 255] * 23)).decode()
    note = sandbox.post_voice(scene.channel, scene.ann, SOUND, duration=11.3, waveform=waveform)
    await page.locator("#channel .player").wait_for()
    heights = "[...document.querySelectorAll('#channel .wave rect')].map(bar => bar.height.baseVal.value)"
    assert await page.evaluate(heights) == [3, 30] * 23
    await expect(page.locator("#channel .length")).to_have_text("0:11")
    await expect(page.locator("#thread")).to_be_hidden()
    await page.evaluate("window.first = document.querySelector('#channel .player')")

    thread = sandbox.open_thread(scene.channel, sandbox.me, "Voice note (11 s)", starter=note)
    sandbox.type_in(thread, sandbox.me)
    await expect(page.locator("#thread .title")).to_contain_text("Voice note (11 s)")
    await expect(page.locator("#thread .typing")).to_have_text("Earshot is typing …")

    answer = sandbox.post(thread, sandbox.me, "Hi Anna,")
    await expect(page.locator(IN_THREAD)).to_have_text(["Hi Anna,"])
    await expect(page.locator("#thread .typing")).to_have_text("")
    sandbox.edit(answer, "Hi Anna, the train is **stuck**.")
    await expect(page.locator(IN_THREAD)).to_contain_text("Hi Anna, the train is stuck.")
    await expect(page.locator("#channel .to-thread")).to_contain_text("1 message")
    # The player is not drawn again: someone may be listening.
    assert await page.evaluate("window.first === document.querySelector('#channel .player')")

    sandbox.delete(answer)
    await expect(page.locator(IN_THREAD)).to_have_count(0)
    sandbox.delete_channel(thread)
    await expect(page.locator("#thread")).to_be_hidden()


async def test_a_note_plays(sandbox: Discord, scene: Scene, page: Page) -> None:
    """The button plays a note; a click on the waveform plays from there."""
    note = voice.record(NOTE)
    sandbox.post_voice(scene.channel, scene.ann, note.data, duration=note.seconds, waveform=note.waveform)
    await page.get_by_role("button", name="Play the voice message").click()
    await page.locator(".play.playing").wait_for()
    await page.locator(".played").first.wait_for()
    wave = page.locator(".wave")
    box = await wave.bounding_box()
    assert box
    await wave.click(position={"x": box["width"] / 2, "y": 5})
    await expect(page.locator(".played").nth(22)).to_be_attached()
    await page.get_by_role("button", name="Pause").click()
    await expect(page.locator(".length")).to_have_text("0:06")


async def test_text_stays_text(sandbox: Discord, scene: Scene, page: Page) -> None:
    """HTML in messages and names is shown as text and never becomes elements."""
    hostile = "<img src=x onerror=\"document.title='owned'\"><script>document.title='owned'</script>"
    mallory = sandbox.add_user(hostile)
    sandbox.add_member(scene.guild, mallory)
    message = sandbox.post(
        scene.channel, mallory, f"**{hostile}**\n> {hostile}", files=[Upload(hostile, SOUND)]
    )
    sandbox.post(sandbox.open_thread(scene.channel, mallory, hostile, starter=message), mallory, hostile)
    await expect(page.locator(IN_THREAD)).to_have_text([hostile])
    assert await page.locator("#channel .text").all_text_contents() == [hostile * 2]
    for selector in ("#channel .author", "#channel .chip strong", "#channels .thread .name"):
        assert await page.locator(selector).text_content() == hostile
    assert await page.locator("body img, body script").count() == 0
    assert "owned" not in await page.title()


async def test_discords_markdown_is_shown(sandbox: Discord, scene: Scene, page: Page) -> None:
    """Bold, code, fences, quotes, lists, headings, small print, commands and escapes."""
    sandbox.post(
        scene.channel,
        sandbox.me,
        r"**a\_b** 2 \* 3 `x **y**` *so* __u__ ~~s~~"
        "\n> one\n> two\n```py\nif x < 1:\n    **no**\n```\nend\n- **milk**\n- eggs\n3. three\n4. four\n# Top"
        f"\n-# small & </prompt set:{sandbox.me.id}>",
    )
    await page.locator("#channel small").wait_for()
    assert await page.locator("#channel .text").inner_html() == (
        "<p><strong>a_b</strong> 2 * 3 <code>x **y**</code> <em>so</em> <u>u</u> <s>s</s></p>"
        "<blockquote>one\ntwo</blockquote>"
        "<pre><code>if x &lt; 1:\n    **no**</code></pre>"
        "<p>end</p><ul><li><strong>milk</strong></li><li>eggs</li></ul>"
        '<ol start="3"><li>three</li><li>four</li></ol>'
        '<p class="headline level-1" role="heading" aria-level="3">Top</p>'
        '<small>small &amp; <span class="mention">/prompt set</span></small>'
    )


async def test_links_lead_to_messages_or_out(sandbox: Discord, scene: Scene, page: Page) -> None:
    """A link within Discord goes to the message it names; another opens elsewhere; what is no address is text."""
    message = sandbox.post(scene.channel, scene.ann, "Over here")
    elsewhere = sandbox.add_channel(scene.guild, "elsewhere")
    jump = f"https://discord.com/channels/{scene.guild.id}/{scene.channel.id}/{message.id}"
    sandbox.post(elsewhere, sandbox.me, f"{jump} https://example.org/a javascript:alert(1) ||hidden|| :) 🇩🇪")
    await page.locator("#channels").get_by_text("elsewhere").click()
    link = page.get_by_role("link", name="https://example.org/a")
    assert await link.get_attribute("rel") == "noopener noreferrer"
    assert await page.locator("#channel a").count() == 1
    await expect(page.locator("#channel .text")).to_contain_text("javascript:alert(1)")
    await expect(page.locator("#channel .text")).to_contain_text(":) 🇩🇪")
    await page.get_by_role("button", name="Spoiler: show it").click()
    await expect(page.locator(".spoiler.shown")).to_have_text("hidden")
    await page.get_by_role("button", name="to the message").click()
    await expect(page.locator("#channel .text")).to_have_text(["Over here"])


@pytest.mark.parametrize(
    "sign", ["*", "_", "**a", "> ", "`", "||", "[", "<", "- ", "1. ", "-# ", "# ", "*a ", "~~", "\\"]
)
async def test_no_text_stops_the_page(sandbox: Discord, scene: Scene, page: Page, sign: str) -> None:
    """Signs of Markdown by the thousand, as a model may write them, are drawn before anybody notices."""
    sandbox.post(scene.channel, sandbox.me, (sign * 2000)[:2000])
    sandbox.post(scene.channel, sandbox.me, "Done")
    await expect(page.locator("#channel .text").last).to_have_text("Done", timeout=8000)


async def test_a_person_looks_around(sandbox: Discord, scene: Scene, page: Page) -> None:
    """Channels of every kind are listed; a thread closed stays closed, until it is chosen again."""
    forum = sandbox.add_channel(scene.guild, "ideas", ChannelKind.FORUM)
    sandbox.open_post(forum, scene.ann, "A louder bell", "Who is for it?")
    sandbox.post(sandbox.direct_channel(scene.ann), scene.ann, "Just us")
    await expect(page.locator("#channel .hint")).to_contain_text("or drop an audio file here")
    await expect(page.locator("#channels button")).to_have_count(4)
    assert await page.locator("#channels :is(h2, button)").all_text_contents() == [
        "Workshop",
        "#general",
        "≡ideas",
        "↳A louder bell",
        "Direct messages",
        "@Earshot",
    ]
    await page.locator("#channels .thread").click()
    await expect(page.locator(IN_THREAD)).to_have_text(["Who is for it?"])
    await page.get_by_role("button", name="Close the thread").click()
    sandbox.open_post(forum, scene.ann, "A quieter bell", "Or this?")
    await expect(page.locator("#channels .thread")).to_have_count(2)
    await expect(page.locator(".posts li")).to_have_text(
        ["A louder bell1 message", "A quieter bell1 message"]
    )
    await expect(page.locator("#thread")).to_be_hidden()
    await page.locator("#channels .direct").click()
    await expect(page.locator("#channel .text")).to_have_text(["Just us"])


async def test_mentions_are_names(sandbox: Discord, scene: Scene, page: Page) -> None:
    """Of people, roles and channels, in small print and in what is replied to; those of nobody stay as they are."""
    role = scene.guild.everyone
    first = sandbox.post(
        scene.channel,
        scene.ann,
        f"-# {scene.ann.mention} asked in <#{scene.channel.id}>: **<@!{sandbox.me.id}>**? <@&{role.id}> "
        f"<@12345678901234567> `{scene.ann.mention}`",
    )
    sandbox.post(scene.channel, sandbox.me, "No.", reply_to=first)
    await expect(page.locator("#channel .message")).to_have_count(2)
    assert await page.locator("#channel .mention").all_text_contents() == [
        "@ann",
        "#general",
        "@Earshot",
        f"@{role.name}",
    ]
    text = f"@ann asked in #general: @Earshot? @{role.name} <@12345678901234567> {scene.ann.mention}"
    assert await page.locator("#channel small").all_text_contents() == [text]
    assert await page.locator("#channel .context").all_text_contents() == ["", f"↩ ann: {text}"]


async def test_moments_are_told_in_the_readers_time(sandbox: Discord, scene: Scene, page: Page) -> None:
    """A moment is a date and a time, or how long ago it was; what is none stays as it is."""
    now = await page.evaluate("Math.floor(Date.now() / 1000)")
    moments = f"<t:1790000000:t> <t:1790000000:D> <t:1790000000> <t:{now - 7260}:R> <t:x:R>"
    sandbox.post(scene.channel, scene.ann, moments)
    await page.locator("#channel .moment").first.wait_for()
    assert await page.locator("#channel .text").all_text_contents() == [
        "23:13 21 September 2026 21 September 2026 at 23:13 2 hours ago <t:x:R>"
    ]


async def test_files_are_there_to_be_had(sandbox: Discord, scene: Scene, page: Page) -> None:
    """A picture is shown, sound has a player, and anything else is saved."""
    dot = base64.b64decode(
        "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAQAAAC1HAwCAAAAC0lEQVR42mNk+A8AAQUBAScY42YAAAAASUVORK5CYII="
    )
    files = [
        Upload("dot.png", dot, "image/png", description="A dot"),
        Upload("memo.ogg", NOTE.read_bytes(), "audio/ogg"),
        Upload("all.txt", b"1234", "text/plain"),
    ]
    sandbox.post(scene.channel, scene.ann, files=files)
    picture = page.get_by_role("img", name="A dot")
    await expect(picture).to_have_js_property("naturalWidth", 1)
    assert await page.locator("audio").count() == 1
    async with page.expect_download() as saving:
        await page.get_by_text("all.txt").click()
    saved = await (await saving.value).path()
    assert saved.read_bytes() == b"1234"


async def test_what_one_person_sees_another_does_not(
    browser: Browser, sandbox: Discord, scene: Scene
) -> None:
    """A direct channel, a private thread, a channel that is closed to them: until it is opened."""
    ben = sandbox.add_user("ben")
    sandbox.add_member(scene.guild, ben)
    sandbox.post(sandbox.direct_channel(ben), ben, "Just us")
    sandbox.open_thread(scene.channel, ben, "secret", private=True)
    async with opened(browser, sandbox, scene.ann) as page:
        assert await page.locator("#channels button").all_text_contents() == ["#general"]
        await page.get_by_label("You are").select_option("ben")
        await expect(page.locator("#channels button")).to_have_text(["#general", "↳secret", "@Earshot"])
        assert re.search(rf"\?as={ben.id}$", page.url)
        await page.reload()
        await expect(page.locator("#channels button")).to_have_count(3)


async def test_an_open_page_does_not_hold_up_the_end(browser: Browser) -> None:
    """The stand-in ends with the page open, which then says so."""
    async with await browser.new_page() as page:
        async with Discord() as sandbox:
            sandbox.add_guild()
            await page.goto(f"http://{sandbox.cdn_host}/")
            await expect(page.locator("#link")).to_have_text("A stand-in for Discord")
            began = asyncio.get_running_loop().time()
        # The server would give up waiting after a second.
        assert asyncio.get_running_loop().time() - began < 0.9
        await expect(page.locator("#link")).to_contain_text("does not answer")


async def test_nobody_loses_their_place_because_something_happens(
    sandbox: Discord, scene: Scene, page: Page
) -> None:
    """Whoever walks through the page by keyboard stays at a post, or at a file to be sent, while others write."""
    forum = sandbox.add_channel(scene.guild, "ideas", ChannelKind.FORUM)
    sandbox.open_post(forum, scene.ann, "A louder bell", "Who is for it?")
    await expect(page.locator("#channel .title")).to_contain_text("general")
    await page.locator("#channel input[type=file]").first.set_input_files(
        {"name": "a.txt", "mimeType": "text/plain", "buffer": b"a"}
    )
    away = page.get_by_role("button", name="Do not send a.txt")
    await away.focus()
    sandbox.post(scene.channel, scene.ann, "Anybody here?")
    await expect(page.locator("#channel .message")).to_contain_text("Anybody here?")
    await expect(away).to_be_focused()

    await page.locator("#channels .forum").click()
    post = page.locator("#channel .post")
    await expect(post).to_have_count(1)
    await post.focus()
    sandbox.open_post(forum, scene.ann, "A quieter bell", "Or this?")
    await expect(post).to_have_count(2)
    await expect(post.filter(has_text="A louder bell")).to_be_focused()
