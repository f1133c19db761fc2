"""What is under an answer, and what a journey does with it."""

from __future__ import annotations

import sqlite3
from typing import TYPE_CHECKING, Any

from tests.journeys.stage import PATIENCE

if TYPE_CHECKING:
    from sandbox.discord import Interaction, Message, Thread, User
    from tests.journeys.stage import Stage


def buttons(message: Message) -> dict[str, str]:
    """The custom ids of a message's buttons by their labels."""
    return {
        button["label"]: button["custom_id"]
        for row in message.components
        for button in row["components"]
        if button["type"] == 2
    }


def menu_of(message: Message) -> tuple[str, dict[str, str]]:
    """The custom id of a message's select menu, and the values in it by their labels."""
    [row] = message.components
    [menu] = row["components"]
    options: list[dict[str, Any]] = menu["options"]
    return menu["custom_id"], {option["label"]: option["value"] for option in options}


async def answered_note(stage: Stage, text: str = "Buy milk, he says.") -> tuple[Thread, Message]:
    """Post a note, and wait for its answer with its buttons: the thread, and the answer."""
    stage.openroute.script(text)
    thread = await stage.thread_on(stage.post_note())
    [answer] = await stage.said(thread, text)
    await stage.discord.wait_for(lambda: buttons(answer), PATIENCE)
    return thread, answer


def press(stage: Stage, answer: Message, label: str, *, by: User | None = None) -> Interaction:
    """Somebody presses the button of that label."""
    return stage.discord.press(by or stage.anna, answer, buttons(answer)[label])


async def ask(stage: Stage, answer: Message, question: str, *, by: User | None = None) -> Interaction:
    """Somebody asks a question in the form behind “Ask…”."""
    pressed = press(stage, answer, "Ask…", by=by)
    await pressed.form_shown(PATIENCE)
    return stage.discord.submit(pressed, {"question": question})


async def menu_shown(stage: Stage, answer: Message, *, by: User | None = None) -> Message:
    """Somebody presses “More…”, and is shown the select menu."""
    shown = await press(stage, answer, "More…", by=by).answered(PATIENCE)
    await stage.discord.wait_for(lambda: shown.components, PATIENCE)
    return shown


def choose(stage: Stage, menu: Message, label: str, *, by: User | None = None) -> Interaction:
    """Somebody chooses what has that label."""
    custom_id, values = menu_of(menu)
    return stage.discord.press(by or stage.anna, menu, custom_id, [values[label]])


def changed_ledger(stage: Stage, statement: str) -> None:
    """Change the database of a bot that is not running."""
    with sqlite3.connect(stage.folder / "earshot.db") as database:
        assert database.execute(statement).rowcount == 1
    database.close()
