"""A server's own presets: made in a form, used wherever built-in ones are, changed, and removed."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from sandbox.discord import Permission, Upload
from tests.journeys.controls import answered_note, buttons, choose, menu_of, menu_shown, press
from tests.journeys.stage import PATIENCE, SAMPLE

if TYPE_CHECKING:
    from sandbox.discord import Interaction, Message, User
    from tests.journeys.stage import Stage

RECIPE = {
    "title": "Recipe",
    "emoji": "🥖",
    "prompt": "Write it down as a recipe, in {language}. Mind {braces}.",
}
ASKED = "Write it down as a recipe, in English. Mind {braces}."


@pytest.fixture
def mara(stage: Stage) -> User:
    """Who manages the server."""
    mara = stage.discord.add_user("mara")
    stage.discord.add_member(stage.guild, mara, Permission.MANAGE_GUILD)
    return mara


async def form_of(stage: Stage, person: User, command: str = "presets add", **options: Any) -> Interaction:
    """Somebody opens the form."""
    used = stage.discord.slash(person, stage.channel, command, **options)
    await used.form_shown(PATIENCE)
    return used


async def settled(shown: Message, stage: Stage) -> str:
    """What a form was answered with in the end."""
    await stage.discord.wait_for(lambda: shown.content not in {"", "…"}, PATIENCE)
    assert shown.ephemeral
    assert shown.components == []
    return shown.content


async def keep(stage: Stage, person: User, form: Interaction | None = None, **typed: str) -> str:
    """Somebody fills in the form; what they are told."""
    form = form or await form_of(stage, person)
    sent = stage.discord.submit(form, {**RECIPE, **typed})
    return await settled(await sent.answered(PATIENCE), stage)


def prompt_of(stage: Stage) -> str:
    """What the model was asked last."""
    parts = stage.openroute.requests[-1].body["messages"][-1]["content"]
    return next(part["text"] for part in parts if part["type"] == "text")


async def test_a_preset_is_made_and_used(stage: Stage, mara: User) -> None:
    """By a button, *More…*, a command with completion; also after a restart."""
    async with stage.bot():
        told = await keep(stage, mara)
        assert "🥖 **Recipe** is there" in told
        thread, answer = await answered_note(stage)
        assert list(buttons(answer)) == ["Recipe", "Summary", "To-dos", "Ask…", "More…"]
        typing = stage.discord.autocomplete(
            stage.anna, stage.channel, "transcribe", "preset", "rec", file=SOUND
        )
        choices = await typing.choices_shown(PATIENCE)
        assert [choice["name"] for choice in choices] == ["🥖 Recipe"]
    async with stage.bot():
        stage.openroute.script("Take milk.")
        press(stage, answer, "Recipe")
        [_, recipe] = await stage.said(thread, "Take milk.", count=2)
        assert recipe.content == "-# 🥖 Recipe · English\nTake milk."
        assert prompt_of(stage) == ASKED
        assert stage.openroute.requests[-1].body["messages"][0]["role"] == "system"
        await stage.discord.wait_for(lambda: buttons(recipe), PATIENCE)
        assert "Recipe" not in buttons(recipe)
        menu = await menu_shown(stage, answer)
        assert "Recipe" in menu_of(menu)[1]
        # It was asked already.
        chosen = choose(stage, menu, "Recipe")
        told = await chosen.answered(PATIENCE)
        await stage.discord.wait_for(lambda: "That was asked already" in told.content, PATIENCE)
        stage.openroute.script("Take eggs.")
        command = stage.discord.slash(stage.anna, stage.channel, "transcribe", file=SOUND, preset="recipe")
        answered = await command.answered(PATIENCE)
        await stage.discord.wait_for(lambda: "Take eggs." in answered.content, PATIENCE)
        assert prompt_of(stage) == ASKED
        status = await stage.discord.slash(stage.anna, stage.channel, "status").answered(PATIENCE)
        assert "Recipe" in status.content


SOUND = Upload("memo.ogg", SAMPLE.read_bytes(), "audio/ogg")


async def test_a_preset_is_changed(stage: Stage, mara: User) -> None:
    """The form has what there is; another prompt is asked anew, and buttons that stand already ask the new one."""
    async with stage.bot():
        await keep(stage, mara)
        thread, answer = await answered_note(stage)
        stage.openroute.script("Take milk.")
        press(stage, answer, "Recipe")
        await stage.said(thread, "Take milk.", count=2)
        form = await form_of(stage, mara, "presets edit", preset="Recipe")
        assert form.form is not None
        fields: list[dict[str, Any]] = form.form["components"]
        shown = {field["component"]["custom_id"]: field["component"].get("value") for field in fields}
        assert shown == RECIPE
        told = await keep(stage, mara, form, title="Bread", prompt="Bake it.", emoji="")
        assert "**Bread** is changed" in told
        stage.openroute.script("Baked.")
        press(stage, answer, "Recipe")
        answers = await stage.said(thread, "Baked.", count=3)
        assert answers[-1].content == "-# Bread\nBaked."
        assert prompt_of(stage) == "Bake it."


async def test_a_preset_is_removed(stage: Stage, mara: User) -> None:
    """Its prompt can be copied; buttons that stand say that it is gone."""
    async with stage.bot():
        await keep(stage, mara)
        _, answer = await answered_note(stage)
        menu = await menu_shown(stage, answer)
        told = await stage.discord.slash(mara, stage.channel, "presets remove", preset="Recipe").answered(
            PATIENCE
        )
        assert RECIPE["prompt"] in told.content
        gone = await press(stage, answer, "Recipe").answered(PATIENCE)
        assert gone.content == "This server has removed that preset."
        chosen = await choose(stage, menu, "Recipe").answered(PATIENCE)
        assert chosen.content == "This server has removed that preset."
        empty = await stage.discord.slash(mara, stage.channel, "presets list").answered(PATIENCE)
        assert "no presets of its own" in empty.content
        again = await stage.discord.slash(mara, stage.channel, "presets remove", preset="Recipe").answered(
            PATIENCE
        )
        assert "I know no preset of that name" in again.content
    assert len(stage.openroute.requests) == 1


async def test_nothing_typed_is_lost(stage: Stage, mara: User) -> None:
    """Whatever is wrong is said, with all that was typed, so that it can be copied."""
    async with stage.bot() as bot:
        await keep(stage, mara)
        mistakes: tuple[tuple[dict[str, str], str], ...] = (
            ({"title": "RECIPE"}, "There is a preset called “RECIPE” already"),
            ({"title": "Zusammenfassung"}, "There is a preset called “Zusammenfassung” already"),
            ({"title": "Menu", "prompt": "   "}, "A preset needs a prompt"),
            ({"title": "   "}, "A preset needs a name"),
            ({"title": "Menu", "emoji": "bread"}, "Discord doesn't take this name or emoji"),
            ({"title": "Menu", "emoji": "🥖🥖"}, "Discord doesn't take this name or emoji"),
        )
        for wrong, why in mistakes:
            told = await keep(stage, mara, None, **wrong)
            assert told.startswith(why)
            assert (wrong.get("prompt") or RECIPE["prompt"]).strip() in told
        long = "Bake. ``` " * 390
        form = await form_of(stage, mara)
        sent = await stage.discord.submit(form, {**RECIPE, "prompt": long}).answered(PATIENCE)
        await settled(sent, stage)
        [file] = sent.attachments
        assert long.strip() in file.data.decode()
        listed = await stage.discord.slash(mara, stage.channel, "presets list").answered(PATIENCE)
        assert listed.content.count("\n") == 1
        # Neither of names nor of prompts is there a word in the log.
        assert "Recipe" not in bot.raw
        assert "Bake" not in bot.raw


async def test_who_may_not(stage: Stage, mara: User) -> None:
    """A form that was opened while somebody still might; another server's presets."""
    other = stage.discord.add_guild("Garage", owner=mara)
    there = stage.discord.add_channel(other, "cars")
    async with stage.bot():
        form = await form_of(stage, mara)
        [role] = [role for role in stage.guild.roles if role.name == "mara"]
        stage.discord.set_role(role, stage.guild, Permission(0))
        told = await keep(stage, mara, form)
        assert told.startswith("Only members who may manage the server")
        assert RECIPE["prompt"] in told
        stage.discord.set_role(role, stage.guild, Permission.MANAGE_GUILD)
        await keep(stage, mara)
        _, answer = await answered_note(stage)
        note = stage.discord.post_voice(there, mara, SAMPLE.read_bytes(), duration=11.3)
        stage.openroute.script("The car is fixed.")
        thread = await stage.thread_on(note)
        [elsewhere] = await stage.said(thread, "The car is fixed.")
        await stage.discord.wait_for(lambda: buttons(elsewhere), PATIENCE)
        assert "Recipe" not in buttons(elsewhere)
        ours, theirs = buttons(answer)["Recipe"], buttons(elsewhere)["Summary"]
        forged = ":".join((*theirs.split(":")[:3], *ours.split(":")[3:]))
        gone = await stage.discord.forge(mara, elsewhere, forged).answered(PATIENCE)
        assert gone.content == "This server has removed that preset."


async def test_two_people_add_the_last_one(stage: Stage, mara: User) -> None:
    """One of them is told that there are enough, and has all back."""
    async with stage.bot():
        for number in range(24):
            await keep(stage, mara, title=f"Recipe {number}")
        forms = [await form_of(stage, mara), await form_of(stage, stage.guild.owner)]
        sent = [
            stage.discord.submit(form, {**RECIPE, "title": title})
            for form, title in zip(forms, ("Menu", "Bill"), strict=True)
        ]
        told = [await settled(await each.answered(PATIENCE), stage) for each in sent]
        assert sorted("is there" in each for each in told) == [False, True]
        [refused] = [each for each in told if "is there" not in each]
        assert refused.startswith("This server has 25 presets of its own")
        assert RECIPE["prompt"] in refused
        _, answer = await answered_note(stage)
        menu = await menu_shown(stage, answer)
        assert len(menu.components) == 2
        second = menu.components[1]["components"][0]
        assert len(second["options"]) == 25
        stage.openroute.script("Take eggs.")
        stage.discord.press(stage.anna, menu, second["custom_id"], [second["options"][24]["value"]])
        await stage.discord.wait_for(lambda: len(stage.openroute.requests) == 2, PATIENCE)
        assert prompt_of(stage) == ASKED


async def test_what_failed_is_tried_again(stage: Stage, mara: User) -> None:
    """As it was asked for, whatever has become of the preset."""
    async with stage.bot(KEEP_TRYING_MINUTES="0"):
        await keep(stage, mara)
        thread, answer = await answered_note(stage)
        stage.openroute.faults.add(
            "POST", "/chat/completions", status=400, body={"error": {"code": 402, "message": "no"}}
        )
        press(stage, answer, "Recipe")
        [_, failure] = await stage.said(thread, "Please tell", count=2)
        await stage.discord.wait_for(lambda: buttons(failure), PATIENCE)
        stage.openroute.script("Take milk.")
        press(stage, failure, "Try again")
        await stage.said(thread, "Take milk.", count=2)
        assert prompt_of(stage) == ASKED


async def test_a_preset_is_what_a_server_asks_of_every_note(stage: Stage, mara: User) -> None:
    """As its prompt; once it is removed, notes are transcribed again."""
    async with stage.bot():
        await keep(stage, mara)
        told = await stage.discord.slash(
            mara, stage.channel, "settings set", name="prompt", value="Recipe"
        ).answered(PATIENCE)
        assert "🥖 Recipe" in told.content
        await answered_note(stage, "Take milk.")
        assert prompt_of(stage).startswith("Write it down as a recipe, in ")
        await stage.discord.slash(mara, stage.channel, "presets remove", preset="Recipe").answered(PATIENCE)
        await answered_note(stage, "Buy milk, he says.")
        assert prompt_of(stage) == "Please transcribe this audio file."


async def test_whom_a_server_lets_use_the_command(stage: Stage, mara: User) -> None:
    """They may send in the form, though they do not manage the server; whom it does not let may not any more."""
    async with stage.bot() as bot:
        await bot.logged("ready")
        stage.discord.permit_command(stage.guild, "presets", stage.anna, allowed=True)
        assert "is there" in await keep(stage, stage.anna)
        form = await form_of(stage, stage.anna)
        stage.discord.permit_command(stage.guild, "presets", stage.anna, allowed=False)
        told = await keep(stage, stage.anna, form, title="Menu")
        assert told.startswith("Only members who may manage the server")
