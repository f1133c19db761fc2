"""Buttons and selects as they are sent: nothing is kept of them."""

from __future__ import annotations

from bot.client.posting.components import view_of
from bot.reply import Button, Reply
from bot.reply.controls import Choice, Menu


async def test_buttons_say_what_they_are() -> None:
    """In order, with label, emoji and custom id."""
    buttons = (
        Button(custom_id="e:a::1", label="Ask…", emoji="❓"),
        Button(custom_id="e:m::1", label="More…"),
    )
    view = view_of(Reply(("Heard.",), buttons=buttons))
    assert view is not None
    assert [
        (button["label"], button["custom_id"], button.get("emoji"))
        for button in view.to_components()[0]["components"]
    ] == [("Ask…", "e:a::1", {"id": None, "name": "❓"}), ("More…", "e:m::1", None)]


async def test_a_menu_offers_choices() -> None:
    """One of which is taken."""
    menu = Menu(custom_id="e:s::1", placeholder="What?", choices=(Choice(value="d", label="Delete"),))
    view = view_of(Reply(("What?",), menus=(menu,)))
    assert view is not None
    [select] = view.to_components()[0]["components"]
    assert (select["custom_id"], select["placeholder"]) == ("e:s::1", "What?")
    assert [(option["value"], option["label"]) for option in select["options"]] == [("d", "Delete")]


async def test_discord_py_keeps_none_of_them() -> None:
    """A view that is finished is sent and forgotten: presses are told by their custom ids."""
    view = view_of(Reply(("Heard.",), buttons=(Button(custom_id="e:a::1", label="Ask…"),)))
    assert view is not None
    assert view.is_finished()


async def test_without_buttons_there_is_no_view() -> None:
    """Nor on a page that is no last one."""
    assert view_of(None) is None
    assert view_of(Reply(("Heard.",))) is None
