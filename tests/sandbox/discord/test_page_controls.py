"""The chat page: what can be pressed, what one person alone sees, reactions, mentions, and that all of it can be read."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal

import pytest

from sandbox.discord import Discord, Message, Upload
from sandbox.discord.page import patches

if TYPE_CHECKING:
    from sandbox.browser import Tab
    from sandbox.discord import Interaction
    from tests.sandbox.discord.clients import Http, Scene

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
        {"label": "In German", "value": "l:de", "description": "Deutsch"},
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
TEXTS = "[...document.querySelectorAll('#channel {}')].map(each => each.textContent)"

# The text of the page whose contrast with what is behind it is less than 4.5 to 1 (WCAG 2, level AA), but for what can't be
# used on Discord either.
FAINT = """
(() => {
  const parts = (colour) => colour.match(/[\\d.]+/g).map(Number);
  const light = (colour) => {
    const [red, green, blue] = parts(colour).map((part) => {
      const share = part / 255;
      return share <= 0.04045 ? share / 12.92 : ((share + 0.055) / 1.055) ** 2.4;
    });
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
  };
  const behind = (node) => {
    for (let at = node; at; at = at.parentElement) {
      const colour = getComputedStyle(at).backgroundColor;
      if ((parts(colour)[3] ?? 1) === 1) return colour;
    }
    return getComputedStyle(document.body).backgroundColor;
  };
  const own = (node) => [...node.childNodes].some((child) => child.nodeType === 3 && child.data.trim());
  const read = [...document.body.querySelectorAll("*")].filter(
    (node) => (own(node) || node.value) && node.checkVisibility() && !node.closest(".off, svg"),
  );
  if (read.length < 30) return ["too little is shown"];
  return read.flatMap((node) => {
    const [one, other] = [light(getComputedStyle(node).color), light(behind(node))];
    const contrast = (Math.max(one, other) + 0.05) / (Math.min(one, other) + 0.05);
    return contrast < 4.5 ? [`${node.outerHTML.slice(0, 80)}: ${contrast.toFixed(2)}`] : [];
  });
})()
"""


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


async def test_buttons_are_shown(sandbox: Discord, http: Http, scene: Scene, tab: Tab) -> None:
    """In rows, with emoji, label and colour; they come and go as the message is edited."""
    row = {"type": 1, "components": BUTTONS}
    message = await send(
        sandbox, http, scene, content="Hi", components=[row, {"type": 1, "components": [MENU]}]
    )
    await tab.until("document.querySelector('.control')")
    assert await tab.look(TEXTS.format(".controls > .row")) == [
        "✨Summary<b>Go</b>:blob:Read↗",
        "What shall I do?🗑️DeleteIn GermanDeutsch",
    ]
    classes = await tab.look("[...document.querySelectorAll('.control')].map(each => each.className)")
    assert classes == ["control secondary", "control primary", "control danger off", "control link"]
    path = f"/channels/{scene.channel.id}/messages/{message.id}"
    await http.call("PATCH", path, {"components": [{"type": 1, "components": BUTTONS[:1]}]})
    await tab.until("document.querySelectorAll('.control').length === 1")
    assert await tab.look(TEXTS.format(".controls")) == ["✨Summary"]
    await http.call("PATCH", path, {"components": []})
    await tab.until("!document.querySelector('.control')")
    forget(sandbox)


async def test_nothing_can_be_pressed(sandbox: Discord, http: Http, scene: Scene, tab: Tab) -> None:
    """Neither buttons nor choices nor forms do anything, and they say why."""
    rows = [{"type": 1, "components": BUTTONS}, {"type": 1, "components": [MENU]}]
    await send(sandbox, http, scene, content="Hi", components=rows)
    await use(sandbox, http, scene, {"type": 9, "data": FORM})
    await tab.until("document.querySelector('.form')")
    controls = "[...document.querySelectorAll('.control, .form input, .form textarea')]"
    assert await tab.look(f"{controls}.length") == len(BUTTONS) + 4
    assert await tab.look(f"{controls}.filter(each => !each.disabled || !each.title)") == []
    await tab.look("[...document.querySelectorAll('.control, .menu li')].forEach(each => each.click())")
    sandbox.post(scene.channel, scene.ann, "Still here?")
    await tab.until("document.querySelector('#channel ol').textContent.includes('Still here?')")
    assert len(sandbox.world.interactions) == 1
    forget(sandbox)


async def test_a_menu_opens_and_stays_open(sandbox: Discord, http: Http, scene: Scene, tab: Tab) -> None:
    """Closed, it shows its placeholder; what somebody has opened stays open while the text above it grows."""
    message = await send(sandbox, http, scene, content="Hi", components=[{"type": 1, "components": [MENU]}])
    await tab.until("document.querySelector('.menu')")
    shown = "[...document.querySelectorAll('.menu li')].filter(each => each.checkVisibility()).length"
    assert await tab.look(shown) == 0
    await tab.look("document.querySelector('.menu summary').click()")
    assert await tab.look(shown) == 2
    await http.call("PATCH", f"/channels/{scene.channel.id}/messages/{message.id}", {"content": "Hi Ann"})
    await tab.until("document.querySelector('#channel .text').textContent.startsWith('Hi Ann')")
    assert await tab.look(shown) == 2
    forget(sandbox)


async def test_a_form_is_shown_until_it_is_sent_in(
    sandbox: Discord, http: Http, scene: Scene, tab: Tab
) -> None:
    """Its title, and its fields with their labels, also for who opens the page later."""
    used = await use(sandbox, http, scene, {"type": 9, "data": FORM})
    for _ in range(2):
        await tab.until("document.querySelector('.form')")
        assert await tab.look(TEXTS.format(".form h2, #channel .form .label")) == [
            "Ask about this",
            "Your question *",
            "Name",
        ]
        fields = "[...document.querySelectorAll('.form textarea, .form input')]"
        assert await tab.look(f"{fields}.map(each => each.value)") == ["", "Ann"]
        assert await tab.look(TEXTS.format(".only")) == ["Only ann can see this"]
        await tab.open(f"http://{sandbox.cdn_host}/")
    await tab.until("document.querySelector('.form')")
    sent = sandbox.submit(used, {"question": "Why?"})
    await tab.until("!document.querySelector('#channel .message')")
    await answer(http, sent, {"type": 4, "data": {"content": "Because."}})
    await tab.until("document.querySelector('#channel .text')")
    forget(sandbox)


async def test_what_one_person_sees_says_so(sandbox: Discord, http: Http, scene: Scene, tab: Tab) -> None:
    """A private answer says who sees it and what asked for it, grows, survives a reload, and goes."""
    used = await use(sandbox, http, scene, {"type": 5, "data": {"flags": 64}})
    await tab.until("document.querySelector('#channel .text')?.textContent === 'thinking …'")
    path = f"/webhooks/{sandbox.application.id}/{used.token}/messages/@original"
    files = [{"id": 0, "filename": "a.txt"}]
    await http.call("PATCH", path, {"content": "It is late.", "attachments": files})
    for _ in range(2):
        await tab.until("document.querySelector('#channel .text')?.textContent.startsWith('It is late.')")
        assert await tab.look(TEXTS.format(".context")) == ["⌘ ann used /ask"]
        assert await tab.look("document.querySelector('.only').innerText") == "Only ann can see this"
        await tab.open(f"http://{sandbox.cdn_host}/")
    sandbox.post(scene.channel, sandbox.me, "For all")
    await tab.until("document.querySelectorAll('#channel .message').length === 2")
    assert await tab.look("document.querySelectorAll('#channel .follows').length") == 0
    assert await tab.look("document.querySelectorAll('#channel .private').length") == 1
    await http.call("DELETE", path)
    await tab.until("document.querySelectorAll('#channel .message').length === 1")
    assert await tab.look(TEXTS.format(".text")) == ["For all"]
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
    told = patches.everything(sandbox.world)["messages"]
    assert [(message["used"] or {}).get("command") for message in told] == [
        None,
        "/prompt show",
        "Sum up",
        None,
    ]
    assert told[-1]["reply_to"] == {"name": "Earshot", "text": "Here"}


async def test_a_private_file_is_named_and_no_more(
    sandbox: Discord, http: Http, scene: Scene, tab: Tab
) -> None:
    """There is nowhere to get it from."""
    used = await use(sandbox, http, scene, {"type": 4, "data": {"content": "Here", "flags": 64}})
    shown = used.original
    assert shown is not None
    shown.attachments = [sandbox.world.attach(Upload("all.txt", b"1234"), scene.channel.id, ephemeral=True)]
    await http.call(
        "PATCH",
        f"/webhooks/{sandbox.application.id}/{used.token}/messages/@original",
        {"content": "Here it is"},
    )
    await tab.until("document.querySelector('.chip')")
    assert await tab.look(TEXTS.format(".chip")) == ["all.txt4 B"]
    assert await tab.look("document.querySelectorAll('#channel a').length") == 0
    forget(sandbox)


async def test_reactions_are_counted(sandbox: Discord, scene: Scene, tab: Tab) -> None:
    """Each emoji with how many people chose it; one that all took back is gone."""
    message = sandbox.post(scene.channel, scene.ann, "Hi")
    for who, emoji in ((scene.ann, "🇩🇪"), (sandbox.me, "🇩🇪"), (scene.ann, "👂")):
        sandbox.react(message, who, emoji)
    await tab.until("document.querySelectorAll('#channel .reaction').length === 2")
    assert await tab.look(TEXTS.format(".reaction")) == ["🇩🇪2", "👂1"]
    sandbox.world.react(message, scene.ann, "👂", added=False)
    await tab.until("document.querySelectorAll('#channel .reaction').length === 1")


async def test_mentions_are_names(sandbox: Discord, scene: Scene, tab: Tab) -> None:
    """Of people, roles and channels, in small print and in what is replied to; those of nobody stay as they are."""
    role = scene.guild.everyone
    first = sandbox.post(
        scene.channel,
        scene.ann,
        f"-# {scene.ann.mention} asked in <#{scene.channel.id}>: **<@!{sandbox.me.id}>**? <@&{role.id}> <@123> `{scene.ann.mention}`",
    )
    sandbox.post(scene.channel, sandbox.me, "No.", reply_to=first)
    await tab.until("document.querySelectorAll('#channel .message').length === 2")
    assert await tab.look(TEXTS.format(".mention")) == ["@ann", "#general", "@Earshot", f"@{role.name}"]
    text = f"@ann asked in #general: @Earshot? @{role.name} <@123> {scene.ann.mention}"
    assert await tab.look(TEXTS.format("small")) == [text]
    assert await tab.look(TEXTS.format(".context")) == ["", f"↩ ann: {text}"]


async def test_moments_are_told_in_the_readers_time(sandbox: Discord, scene: Scene, tab: Tab) -> None:
    """A moment is a date and a time, or how long ago it was; what is none stays as it is."""
    await tab.call("Emulation.setTimezoneOverride", timezoneId="Asia/Tokyo")
    await tab.call("Emulation.setLocaleOverride", locale="en-GB")
    now = int(await tab.look("Date.now() / 1000"))
    moments = f"<t:1790000000:t> <t:1790000000:D> <t:1790000000> <t:{now - 7260}:R> <t:x:R>"
    sandbox.post(scene.channel, scene.ann, moments)
    await tab.until("document.querySelector('#channel .moment')")
    assert await tab.look(TEXTS.format(".text")) == [
        "23:13 21 September 2026 21 September 2026 at 23:13 2 hours ago <t:x:R>"
    ]


@pytest.mark.parametrize("scheme", ["light", "dark"])
async def test_all_of_it_can_be_read(
    sandbox: Discord, http: Http, scene: Scene, tab: Tab, scheme: Literal["light", "dark"]
) -> None:
    """Whether a person prefers light or dark, every text stands out from what is behind it."""
    await tab.dress(width=1400, height=900, scheme=scheme)
    note = sandbox.post_voice(scene.channel, scene.ann, bytes(100), duration=3)
    sandbox.react(note, scene.ann, "👂")
    thread = sandbox.open_thread(scene.channel, sandbox.me, "Voice note (3 s)", starter=note)
    text = f"**Bold** `code` {scene.ann.mention} <t:1790000000>\n> quoted\n- listed\n-# small"
    edited = sandbox.post(thread, sandbox.me, text, files=[Upload("a.txt", b"a")])
    sandbox.edit(edited, f"{text} print")
    sandbox.post(thread, scene.ann, "Why?", reply_to=edited)
    chosen = MENU | {"options": [*MENU["options"], {"label": "Chosen", "value": "c", "default": True}]}
    styled = [*BUTTONS, {"type": 2, "style": 3, "custom_id": "s", "label": "Good"}]
    rows = [{"type": 1, "components": styled}, {"type": 1, "components": [chosen]}]
    await use(sandbox, http, scene, {"type": 4, "data": {"content": text, "flags": 64, "components": rows}})
    await use(sandbox, http, scene, {"type": 9, "data": FORM})
    await tab.until("document.querySelector('.form')")
    await tab.look("document.querySelector('.menu').open = true")
    ground = "parseInt(getComputedStyle(document.body).backgroundColor.match(/\\d+/)[0]) > 128"
    assert await tab.look(ground) is (scheme == "light")
    assert await tab.look(FAINT) == []
    forget(sandbox)
