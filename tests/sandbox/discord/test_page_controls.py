"""The chat page: what can be pressed, chosen and filled in, and what one person alone sees of it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal

import pytest
from playwright.async_api import expect

from sandbox.discord import ChannelKind, Discord, Message, Upload
from sandbox.discord.page import patches
from tests.page import nothing_hinders, opened
from tests.sandbox.discord.beside_the_browser import http, page, sandbox

if TYPE_CHECKING:
    from playwright.async_api import Browser, Page

    from sandbox.discord import Interaction
    from tests.sandbox.discord.clients import Http, Scene

__all__ = ["http", "page", "sandbox"]

pytestmark = pytest.mark.asyncio(loop_scope="session")

BUTTONS: list[dict[str, Any]] = [
    {"type": 2, "style": 2, "custom_id": "a", "label": "Summary", "emoji": {"id": None, "name": "✨"}},
    {"type": 2, "style": 1, "custom_id": "b", "label": "<b>Go</b>"},
    {"type": 2, "style": 4, "custom_id": "c", "emoji": {"id": "1", "name": "blob"}, "disabled": True},
    {"type": 2, "style": 5, "url": "https://example.org", "label": "Read"},
]
MENU: dict[str, Any] = {
    "type": 3,
    "custom_id": "m",
    "placeholder": "What shall I do?",
    "options": [
        {"label": "Delete", "value": "d", "emoji": {"name": "🗑️"}},
        {"label": "In German", "value": "l:de", "description": "Deutsch", "emoji": {"name": "🇩🇪"}},
    ],
}
FORM: dict[str, Any] = {
    "custom_id": "q",
    "title": "Ask about this",
    "components": [
        {
            "type": 18,
            "label": "Your question",
            "component": {"type": 4, "custom_id": "question", "style": 2, "max_length": 4000},
        },
        {
            "type": 1,
            "components": [
                {"type": 4, "custom_id": "n", "style": 1, "label": "Name", "required": False, "value": "Ann"}
            ],
        },
    ],
}


async def send(sandbox: Discord, http: Http, scene: Scene, **body: Any) -> Message:
    """The bot sends a message into the channel."""
    sent = await http.call("POST", f"/channels/{scene.channel.id}/messages", body)
    assert sent.status == 200, sent.body
    return scene.channel.by_id[int(sent.body["id"])]


async def use(sandbox: Discord, http: Http, scene: Scene, body: dict[str, Any]) -> Interaction:
    """Ann uses a command, to which the bot answers with `body`."""
    command = {"name": "ask", "description": "Ask", "type": 1}
    await http.call("PUT", f"/applications/{sandbox.application.id}/commands", [command])
    used = sandbox.slash(scene.ann, scene.channel, "ask")
    await answer(http, used, body)
    return used


async def answer(http: Http, used: Interaction, body: dict[str, Any]) -> None:
    """The bot answers an interaction."""
    reply = await http.call("POST", f"/interactions/{used.id}/{used.token}/callback", body)
    assert reply.status == 204, reply.body


def forget(sandbox: Discord) -> None:
    """Of the requests a test made itself, nothing counts: the page has made none that the stand-in recorded."""
    assert {call.path.split("/")[1] for call in sandbox.calls} <= {
        "applications",
        "channels",
        "interactions",
        "webhooks",
    }
    sandbox.calls.clear()


async def next_interaction(sandbox: Discord, before: int = 0) -> Interaction:
    """What somebody at the page has just used."""
    await sandbox.wait_for(lambda: len(sandbox.world.interactions) > before)
    return [*sandbox.world.interactions.values()][-1]


async def test_buttons_are_shown_and_pressed(sandbox: Discord, http: Http, scene: Scene, page: Page) -> None:
    """In rows, with emoji, label and colour; one is busy until the bot has answered; they go as the message is edited."""
    row = {"type": 1, "components": BUTTONS}
    message = await send(sandbox, http, scene, content="Hi", components=[row])
    controls = page.locator("#channel .control")
    await expect(controls).to_have_text(["✨Summary", "<b>Go</b>", ":blob:", "Read↗"])
    classes = [await each.get_attribute("class") for each in await controls.all()]
    assert classes == ["control secondary", "control primary", "control danger off", "control link"]
    await expect(controls.nth(2)).to_be_disabled()
    assert await controls.nth(3).get_attribute("href") == "https://example.org"

    await page.get_by_role("button", name="Summary").click()
    pressed = await next_interaction(sandbox)
    assert (pressed.user, pressed.source, pressed.data["custom_id"]) == (scene.ann, message, "a")
    await expect(controls.first).to_be_disabled()
    await answer(http, pressed, {"type": 4, "data": {"content": "In short"}})
    await expect(controls.first).to_be_enabled()
    await expect(page.locator("#channel .text").last).to_have_text("In short")

    path = f"/channels/{scene.channel.id}/messages/{message.id}"
    await http.call("PATCH", path, {"components": []})
    await expect(controls).to_have_count(0)
    forget(sandbox)


async def test_a_bot_that_does_not_answer_is_told_of(
    sandbox: Discord, http: Http, scene: Scene, page: Page
) -> None:
    """After three seconds there is a sentence, as on Discord, and the button can be pressed again."""
    await send(sandbox, http, scene, content="Hi", components=[{"type": 1, "components": BUTTONS}])
    await page.get_by_role("button", name="Summary").click()
    await expect(page.get_by_role("alert")).to_have_text("Earshot did not respond in time.")
    await expect(page.get_by_role("button", name="Summary")).to_be_enabled()
    forget(sandbox)


async def test_a_menu_is_used_with_the_keys(sandbox: Discord, http: Http, scene: Scene, page: Page) -> None:
    """Closed, it shows its placeholder; open, it stays so while the text above grows; what is chosen is sent."""
    message = await send(sandbox, http, scene, content="Hi", components=[{"type": 1, "components": [MENU]}])
    opener = page.get_by_role("button", name="What shall I do?")
    await opener.press("Enter")
    options = page.locator("#channel .options li")
    await expect(options).to_have_text(["🗑️Delete", "🇩🇪In GermanDeutsch"])
    await http.call("PATCH", f"/channels/{scene.channel.id}/messages/{message.id}", {"content": "Hi Ann"})
    await expect(page.locator("#channel .text").first).to_contain_text("Hi Ann")
    await expect(options.first).to_be_focused()
    await page.keyboard.press("Escape")
    await expect(options.first).to_be_hidden()
    await page.keyboard.press("Enter")
    await page.keyboard.press("i")
    await page.keyboard.press("Enter")
    pressed = await next_interaction(sandbox)
    assert pressed.data["values"] == ["l:de"]
    await answer(http, pressed, {"type": 6})
    forget(sandbox)


async def test_several_are_chosen_at_once(sandbox: Discord, http: Http, scene: Scene, page: Page) -> None:
    """What was ticked is sent when the list closes; channels and roles of the server are there to choose from."""
    sandbox.add_channel(scene.guild, "lounge", ChannelKind.VOICE)
    sandbox.add_channel(scene.guild, "news")
    picker = {
        "type": 8,
        "custom_id": "p",
        "placeholder": "Channels",
        "channel_types": [0],
        "min_values": 0,
        "max_values": 2,
        "default_values": [{"type": "channel", "id": str(scene.channel.id)}],
    }
    await send(sandbox, http, scene, content="Hi", components=[{"type": 1, "components": [picker]}])
    await page.get_by_role("button", name="#general").click()
    options = page.locator("#channel .options li")
    await expect(options).to_have_text(["#general", "#news"])
    await options.nth(1).click()
    await page.keyboard.press("Escape")
    pressed = await next_interaction(sandbox)
    assert pressed.data["values"] == [str(scene.channel.id), str([*scene.guild.channels.values()][-1].id)]
    await answer(http, pressed, {"type": 6})
    forget(sandbox)


async def test_a_form_is_filled_in(sandbox: Discord, http: Http, scene: Scene, page: Page) -> None:
    """Its title and fields; what is required is asked for; Escape closes it; what is sent is what was typed."""
    await send(sandbox, http, scene, content="Hi", components=[{"type": 1, "components": BUTTONS}])
    dialog = page.get_by_role("dialog", name="Ask about this")
    for number in range(2):
        await page.get_by_role("button", name="Summary").click()
        await answer(http, await next_interaction(sandbox, number), {"type": 9, "data": FORM})
        await dialog.wait_for()
        if number == 0:
            await page.keyboard.press("Escape")
            await expect(dialog).to_have_count(0)
    await expect(dialog.locator(".label")).to_have_text(["Your question *", "Name"])
    await expect(page.get_by_label("Name")).to_have_value("Ann")
    await page.get_by_role("button", name="Submit").click()
    await expect(dialog).to_be_visible()
    assert len(sandbox.world.interactions) == 2
    await nothing_hinders(page)
    await page.get_by_label("Your question").fill("Why?")
    await page.get_by_role("button", name="Submit").click()
    sent = await next_interaction(sandbox, 2)
    assert [field["component"]["value"] for field in sent.data["components"] if "component" in field] == [
        "Why?"
    ]
    await answer(http, sent, {"type": 4, "data": {"content": "Because."}})
    await expect(dialog).to_have_count(0)
    await expect(page.locator("#channel .text").last).to_have_text("Because.")
    forget(sandbox)


async def test_what_one_person_sees_says_so(sandbox: Discord, http: Http, scene: Scene, page: Page) -> None:
    """A private answer is shown to one person, says what asked for it, grows, survives a reload, and is dismissed."""
    used = await use(sandbox, http, scene, {"type": 5, "data": {"flags": 64}})
    text = page.locator("#channel .text")
    await expect(text).to_have_text("thinking …")
    path = f"/webhooks/{sandbox.application.id}/{used.token}/messages/@original"
    files = [{"id": 0, "filename": "a.txt"}]
    await http.call("PATCH", path, {"content": "It is late.", "attachments": files})
    for _ in range(2):
        await expect(text).to_contain_text("It is late.")
        await expect(page.locator("#channel .context")).to_have_text("⌘ ann used /ask")
        await expect(page.locator("#channel .only")).to_have_text("Only you can see this Dismiss")
        await page.reload()
    sandbox.post(scene.channel, sandbox.me, "For all")
    await expect(page.locator("#channel .message")).to_have_count(2)
    await expect(page.locator("#channel .follows")).to_have_count(0)
    await page.get_by_label("You are").select_option("owner (server manager)")
    await expect(text).to_have_text(["For all"])
    await page.get_by_label("You are").select_option("ann")
    await expect(page.locator("#channel .message")).to_have_count(2)
    await page.get_by_role("button", name="Dismiss").click()
    await expect(text).to_have_text(["For all"])
    forget(sandbox)


async def test_a_private_answer_that_is_deleted_is_gone(
    sandbox: Discord, http: Http, scene: Scene, page: Page
) -> None:
    """As soon as the bot deletes it."""
    used = await use(sandbox, http, scene, {"type": 4, "data": {"content": "Soon gone", "flags": 64}})
    await expect(page.locator("#channel .text")).to_have_text(["Soon gone"])
    await http.call("DELETE", f"/webhooks/{sandbox.application.id}/{used.token}/messages/@original")
    await expect(page.locator("#channel .text")).to_have_count(0)
    forget(sandbox)


async def test_what_was_used_is_named(sandbox: Discord, http: Http, scene: Scene) -> None:
    """A command with its subcommand, a menu by its name; a button is told by the message it stands under."""
    registered: list[dict[str, Any]] = [
        {
            "name": "prompt",
            "description": "Prompt",
            "options": [{"type": 1, "name": "show", "description": "Show", "options": []}],
        },
        {"name": "Sum up", "type": 3},
    ]
    await http.call("PUT", f"/applications/{sandbox.application.id}/commands", registered)
    note = sandbox.post(scene.channel, scene.ann, "Hi")
    shown = {"content": "Here", "components": [{"type": 1, "components": BUTTONS}]}
    for used in (
        sandbox.slash(scene.ann, scene.channel, "prompt show"),
        sandbox.context_menu(scene.ann, note, "Sum up"),
    ):
        await answer(http, used, {"type": 4, "data": shown})
    pressed = sandbox.press(scene.ann, scene.channel.messages[-1], "a")
    await answer(http, pressed, {"type": 4, "data": {"content": "There"}})
    told = patches.everything(sandbox.world, scene.ann, "")["messages"]
    assert [(message["used"] or {}).get("command") for message in told] == [
        None,
        "/prompt show",
        "Sum up",
        None,
    ]
    assert told[-1]["reply_to"] == {"name": "Earshot", "text": "Here"}


async def test_reactions_are_counted_and_pressed(sandbox: Discord, scene: Scene, page: Page) -> None:
    """Each emoji with how many people chose it; a press joins them, or takes it back."""
    message = sandbox.post(scene.channel, scene.ann, "Hi")
    sandbox.react(message, sandbox.me, "🇩🇪")
    sandbox.react(message, scene.ann, "👂")
    reactions = page.locator("#channel .reaction")
    await expect(reactions).to_have_text(["🇩🇪1", "👂1"])
    await reactions.first.click()
    await expect(reactions).to_have_text(["🇩🇪2", "👂1"])
    assert message.reactions["🇩🇪"] == [sandbox.me, scene.ann]
    await reactions.nth(1).click()
    await expect(reactions).to_have_text(["🇩🇪2"])


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [1200, 390])
async def test_nothing_of_it_hinders_anybody(
    browser: Browser,
    sandbox: Discord,
    http: Http,
    scene: Scene,
    *,
    scheme: Literal["light", "dark"],
    width: int,
) -> None:
    """Dark or light, wide or narrow: axe finds nothing, with all there is on the page."""
    everything = "**a** *b* `c` ```d``` <@1> https://example.org ||e||\n> f\n# g\n- h\n-# i <t:1790000000:R>"
    note = sandbox.post_voice(scene.channel, scene.ann, b"1", duration=3)
    sandbox.post(
        scene.channel, scene.ann, f"{everything} {sandbox.me.mention}", files=[Upload("a.txt", b"1")]
    )
    rows = [{"type": 1, "components": BUTTONS}, {"type": 1, "components": [MENU]}]
    shown = await send(sandbox, http, scene, content="Hi", components=rows)
    sandbox.react(shown, scene.ann, "👂")
    await use(sandbox, http, scene, {"type": 4, "data": {"content": "Psst", "flags": 64}})
    sandbox.post(
        sandbox.open_thread(scene.channel, sandbox.me, "thread", starter=note), sandbox.me, everything
    )
    forum = sandbox.add_channel(scene.guild, "ideas", ChannelKind.FORUM)
    sandbox.open_post(forum, scene.ann, "A louder bell", "Who is for it?")
    async with opened(browser, sandbox, scene.ann) as page:
        await page.emulate_media(color_scheme=scheme)
        await page.set_viewport_size({"width": width, "height": 760})
        await page.reload()
        await page.locator("#channel .private").wait_for()
        await page.get_by_role("button", name="What shall I do?").click()
        await nothing_hinders(page)
        await page.keyboard.press("Escape")
        await page.locator("#channel .message").nth(1).hover()
        await page.locator("#channel .message").nth(1).get_by_role("button", name="What to do").click()
        await page.get_by_role("menu").wait_for()
        await nothing_hinders(page)
        await page.keyboard.press("Escape")
        if width < 900:
            await page.get_by_role("button", name="Channels").click()
            await nothing_hinders(page)
        await page.locator("#channels").get_by_text("ideas").click()
        await page.locator(".post").wait_for()
        await nothing_hinders(page)
        await page.locator(".post").click()
        await expect(page.locator("#thread .title")).to_contain_text("A louder bell")
        await nothing_hinders(page)
        assert await page.evaluate("document.documentElement.scrollWidth") <= width
