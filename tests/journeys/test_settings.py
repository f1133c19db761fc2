"""A server decides what the bot does there, and where: by a panel, by typing; and takes it back."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from sandbox.discord import CannotUseError, Permission, Upload
from tests.journeys.controls import buttons, press
from tests.journeys.stage import PATIENCE, SAMPLE

if TYPE_CHECKING:
    from sandbox.discord import Channel, Message, User
    from tests.journeys.stage import Stage

TRANSCRIBE = "Please transcribe this audio file."
MEMO = Upload("memo.ogg", SAMPLE.read_bytes(), "audio/ogg")


@pytest.fixture
def manager(stage: Stage) -> User:
    """Somebody who manages the server."""
    user = stage.discord.add_user("manager")
    stage.discord.add_member(stage.guild, user, Permission.MANAGE_GUILD)
    return user


async def said_to(stage: Stage, person: User, command: str, **options: str | Channel) -> Message:
    """What a command answers."""
    asked = stage.discord.slash(person, stage.channel, f"settings {command}", **options)
    answer = await asked.answered(PATIENCE)
    assert answer.ephemeral
    return answer


async def decide(stage: Stage, manager: User, name: str, value: str, channel: Channel | None = None) -> str:
    """Change a setting by typing; what is said."""
    options: dict[str, str | Channel] = {"name": name, "value": value}
    if channel is not None:
        options["channel"] = channel
    return (await said_to(stage, manager, "set", **options)).content


def selects(message: Message) -> list[dict[str, Any]]:
    """The select menus of a message."""
    return [item for row in message.components for item in row["components"] if item["type"] != 2]


async def choose(
    stage: Stage, person: User, panel: Message, *values: str, menu: int = 0, told: str | None = None
) -> None:
    """Choose in a select of the panel, and wait until it shows something else."""
    before = panel.content
    stage.discord.press(person, panel, selects(panel)[menu]["custom_id"], list(values))
    await stage.discord.wait_for(lambda: panel.content != before, PATIENCE)
    assert told is None or told in panel.content


async def push(stage: Stage, person: User, panel: Message, label: str) -> None:
    """Press a button of the panel, and wait until it shows something else."""
    before = panel.content
    press(stage, panel, label, by=person)
    await stage.discord.wait_for(lambda: panel.content != before, PATIENCE)


async def test_a_setting_is_inherited_over_four_levels(stage: Stage, manager: User) -> None:
    """The operator's, the server's, the channel's, the thread's; the nearest counts, and all survive a restart."""
    quiet = stage.discord.add_channel(stage.guild, "quiet")
    thread = stage.discord.open_thread(stage.channel, stage.anna, "topic")
    places = (thread, stage.channel, quiet)

    async def asked() -> list[str]:
        for place in places:
            note = stage.post_note(place)
            await stage.said(place if place is thread else await stage.thread_on(note), "Heard.", count=1)
            if place is thread:
                stage.of_the_bot(thread)[-1].content = "Read."
        return [request.prompt for request in stage.openroute.requests[-3:]]

    stage.openroute.script("Heard.", times=15)
    async with stage.bot(PROMPT="Operator."):
        assert await asked() == ["Operator.", "Operator.", "Operator."]
        await decide(stage, manager, "prompt", "Server.")
        assert await asked() == ["Server.", "Server.", "Server."]
        told = await decide(stage, manager, "prompt", "Channel.", stage.channel)
        assert told == f"“Prompt” (<#{stage.channel.id}>) is changed: “Server.” → “Channel.”"
        assert await asked() == ["Channel.", "Channel.", "Server."]
        await decide(stage, manager, "prompt", "Thread.", thread)
    async with stage.bot(PROMPT="Operator."):
        assert await asked() == ["Thread.", "Channel.", "Server."]
        for _ in range(3):
            await said_to(stage, manager, "undo")
        assert await asked() == ["Operator.", "Operator.", "Operator."]
        assert "no change left" in (await said_to(stage, manager, "undo")).content


async def test_the_panel(stage: Stage, manager: User) -> None:
    """All at a glance; a choice, a number, roles, a channel's own; each change is shown, also after a restart."""
    role = stage.discord.add_role(stage.guild, "crew", Permission(0))
    async with stage.bot():
        panel = await said_to(stage, manager, "show")
        assert panel.content.startswith("The settings of this server. What is decided here is bold.")
        assert "- Listening: on" in panel.content
        assert "- Longest note: 3 hr" in panel.content
        assert len(panel.content) <= 2000
        await choose(stage, manager, panel, "answers", told="Now: in a thread on the note (default)")
        await choose(
            stage, manager, panel, "reply", told="in a thread on the note → in a reply below the note"
        )
        assert "Now: in a reply below the note (the server)" in panel.content
        await push(stage, manager, panel, "All settings")
        assert "- **Where answers go: in a reply below the note**" in panel.content
    async with stage.bot():
        await choose(stage, manager, panel, "longest-note")
        opened = press(stage, panel, "Type a number", by=manager)
        await opened.form_shown(PATIENCE)
        stage.discord.submit(opened, {"question": "1,5"})
        await stage.discord.wait_for(lambda: "3 hr → 1 min 30 sec" in panel.content, PATIENCE)
        opened = press(stage, panel, "Type a number", by=manager)
        await opened.form_shown(PATIENCE)
        stage.discord.submit(opened, {"question": "2000"})
        await stage.discord.wait_for(
            lambda: "whoever runs me allows no more than 3 hr" in panel.content, PATIENCE
        )
        await push(stage, manager, panel, "Set back")
        assert "1 min 30 sec → 3 hr" in panel.content
        await push(stage, manager, panel, "All settings")
        await choose(stage, manager, panel, "barred-roles")
        await choose(stage, manager, panel, str(role.id), told=f"none → <@&{role.id}>")
        await choose(stage, manager, panel, told=f"<@&{role.id}> → none")
        await push(stage, manager, panel, "All settings")
        await choose(stage, manager, panel, str(stage.channel.id), menu=1)
        assert panel.content.startswith(f"The settings of <#{stage.channel.id}>.")
        assert "Only in these channels" not in panel.content
        await choose(stage, manager, panel, "footer")
        await choose(stage, manager, panel, "model", "cost", told="nothing → the model, the cost")
        await push(stage, manager, panel, "All settings")
        await push(stage, manager, panel, "Undo the last change")
        assert "Taken back: “Small print”" in panel.content
        assert "the model, the cost → not set here" in panel.content


async def test_the_panel_is_for_those_who_manage(stage: Stage, manager: User) -> None:
    """Discord offers the commands to them alone; who has lost the right since cannot press any more."""
    async with stage.bot():
        with pytest.raises(CannotUseError):
            stage.discord.slash(stage.anna, stage.channel, "settings show")
        panel = await said_to(stage, manager, "show")
        stage.guild.members[manager.id].roles.clear()
        pressed = stage.discord.press(manager, panel, selects(panel)[0]["custom_id"], ["listening"])
        told = await pressed.answered(PATIENCE)
        assert told.content == "Only members who manage this server can change its settings."


async def test_discords_own_command_permissions_apply(stage: Stage) -> None:
    """A server may give the command to others, who can then use all of it; and take it away again."""
    crew = stage.discord.add_role(stage.guild, "crew", Permission(0))
    stage.discord.give_role(stage.guild.members[stage.anna.id], crew)
    async with stage.bot():
        stage.discord.permit_command(stage.guild, "settings", crew, allowed=True)
        panel = await said_to(stage, stage.anna, "show")
        await choose(stage, stage.anna, panel, "listening", told="Now: on (default)")
        await choose(stage, stage.anna, panel, "off", told="on → off")
        stage.discord.permit_command(stage.guild, None, stage.anna, allowed=False)
        await push(stage, stage.anna, panel, "Set back")
        stage.discord.permit_command(stage.guild, "settings", stage.anna, allowed=False)
        pressed = press(stage, panel, "All settings", by=stage.anna)
        assert (await pressed.answered(PATIENCE)).content.startswith("Only members who manage this server")
        with pytest.raises(CannotUseError):
            stage.discord.slash(stage.anna, stage.channel, "settings undo")


@pytest.mark.parametrize(
    ("name", "value", "said"),
    [
        ("colour", "red", "There is no such setting."),
        ("answers", "pigeon", "Please choose one of the values that are offered for “Where answers go”."),
        ("longest-note", "long", "Please give “Longest note” a number from 0.1 to 100,000."),
        ("person-minutes", "-1", "a number from 0"),
        ("barred-channels", "general", "Please give “Not in these channels” channels, such as #general"),
        ("prompt", "  ", "A prompt needs some words"),
        ("model", "a/none", "Please choose one of the values that are offered for “Model”."),
    ],
)
async def test_what_is_no_value(stage: Stage, manager: User, name: str, value: str, said: str) -> None:
    """It is said what would be one, and nothing is changed."""
    async with stage.bot():
        assert said in await decide(stage, manager, name, value)
        assert "no change left" in (await said_to(stage, manager, "undo")).content


async def test_values_are_offered_while_one_types(stage: Stage, manager: User) -> None:
    """In the person's language; what is typed in it is understood."""
    manager.locale = "de"
    async with stage.bot(OFFERED_MODELS="a/b"):
        where, command = stage.channel, "settings set"
        named = stage.discord.autocomplete(manager, where, command, "name", "", value="")
        assert len(await named.choices_shown(PATIENCE)) == 21
        asked = stage.discord.autocomplete(manager, where, command, "value", "", name="model")
        offered = await asked.choices_shown(PATIENCE)
        assert [choice["value"] for choice in offered] == ["google/gemini-2.5-flash", "a/b"]
        asked = stage.discord.autocomplete(manager, where, command, "value", "fran", name="language")
        assert "fr" in [choice["value"] for choice in await asked.choices_shown(PATIENCE)]
        assert "fr" not in await decide(stage, manager, "language", "Französisch")
    stage.openroute.script("Bonjour.")
    async with stage.bot():
        await stage.said(await stage.thread_on(stage.post_note()), "Bonjour.")
    assert stage.openroute.requests[-1].prompt == f"{TRANSCRIBE} Write the transcript in French."


async def test_where_it_listens_and_to_what(stage: Stage, manager: User) -> None:
    """Off in a channel; voice messages alone; channels that are barred, for commands too."""
    quiet = stage.discord.add_channel(stage.guild, "quiet")
    stage.openroute.script("Heard.", times=3)
    async with stage.bot() as bot:
        await decide(stage, manager, "listening", "off", quiet)
        ignored = [stage.post_note(quiet)]
        await decide(stage, manager, "heard", "voice")
        ignored.append(stage.discord.post(stage.channel, stage.anna, files=[MEMO]))
        await stage.said(await stage.thread_on(stage.post_note()), "Heard.")
        menu = await stage.discord.context_menu(stage.anna, ignored[1], "Transcribe").answered(PATIENCE)
        assert "Heard." in menu.content
        await decide(stage, manager, "barred-channels", f"<#{quiet.id}>")
        barred = stage.discord.context_menu(stage.anna, ignored[0], "Transcribe")
        assert (await barred.answered(PATIENCE)).content.startswith(
            "This server has decided that I hear nothing"
        )
        await decide(stage, manager, "listening", "on", quiet)
        ignored.append(stage.post_note(quiet))
        await bot.logged("note", times=4)
        assert [note.thread for note in ignored] == [None, None, None]
        assert stage.of_the_bot(quiet) == []


async def test_for_whom_it_works(stage: Stage, manager: User) -> None:
    """By roles: notes of others are passed over in silence, who asks is told; a role counts from the next minute on."""
    crew = stage.discord.add_role(stage.guild, "crew", Permission(0))
    ben = stage.discord.add_user("ben")
    stage.discord.give_role(stage.discord.add_member(stage.guild, ben), crew)
    stage.openroute.script("Heard.", times=2)
    async with stage.bot() as bot:
        await decide(stage, manager, "allowed-roles", f"<@&{crew.id}>")
        passed_over = stage.post_note()
        await stage.said(await stage.thread_on(stage.post_note(author=ben)), "Heard.")
        await bot.logged("note", times=2)
        assert passed_over.thread is None
        told = await stage.discord.context_menu(stage.anna, passed_over, "Transcribe").answered(PATIENCE)
        assert told.content.startswith("This server has decided which of its members I work for")
        menu = await stage.discord.context_menu(ben, passed_over, "Transcribe").answered(PATIENCE)
        assert "Heard." in menu.content


async def test_a_recap_keeps_to_the_rules(stage: Stage, manager: User) -> None:
    """Nothing is told of a channel that is barred, nor to whom the bot does not work for; nor summed up."""
    crew = stage.discord.add_role(stage.guild, "crew", Permission(0))
    ben = stage.discord.add_user("ben")
    stage.discord.add_member(stage.guild, ben)
    stage.openroute.script("Heard.")
    async with stage.bot():
        await stage.said(await stage.thread_on(stage.post_note()), "Heard.")
        listed = await stage.discord.slash(ben, stage.channel, "recap").answered(PATIENCE)
        await stage.discord.wait_for(lambda: "Summarise all" in buttons(listed), PATIENCE)
        asked = len(stage.openroute.requests)
        await decide(stage, manager, "barred-channels", f"<#{stage.channel.id}>")
        told = await stage.discord.slash(ben, stage.channel, "recap").answered(PATIENCE)
        assert told.content.startswith("This server has decided that I hear nothing in this channel")
        summed = await press(stage, listed, "Summarise all", by=ben).answered(PATIENCE)
        assert summed.content.startswith("This server has decided that I hear nothing in this channel")
        await decide(stage, manager, "barred-channels", "none")
        await decide(stage, manager, "allowed-roles", f"<@&{crew.id}>")
        told = await stage.discord.slash(ben, stage.channel, "recap").answered(PATIENCE)
        assert told.content.startswith("This server has decided which of its members I work for")
        assert len(stage.openroute.requests) == asked


async def test_webhooks_are_heard_where_that_is_wanted(stage: Stage, manager: User) -> None:
    """PluralKit posts a note anew under its own name; by default, what programs post is not for us."""
    stage.openroute.script("Heard.")
    async with stage.bot() as bot:
        ignored = stage.discord.post_by_webhook(stage.channel, "Moss", files=[MEMO])
        await decide(stage, manager, "webhooks", "on")
        note = stage.discord.post_by_webhook(stage.channel, "Moss", files=[MEMO])
        await stage.said(await stage.thread_on(note), "Heard.")
        await bot.logged("note")
        assert ignored.thread is None
        robot = stage.discord.add_user("robot", bot=True)
        stage.discord.post(stage.channel, robot, files=[MEMO])
        assert len([line for line in bot.lines if line.get("event") == "note"]) == 1


async def test_answers_below_the_note(stage: Stage, manager: User) -> None:
    """In a reply, without a thread; buttons can be left out, and small print set below."""
    stage.openroute.script("Heard.", times=2)
    async with stage.bot():
        await decide(stage, manager, "answers", "reply")
        await decide(stage, manager, "footer", "model,seconds,cost")
        note = stage.post_note()
        [answer] = await stage.said(stage.channel, "Heard.")
        assert answer.reference is not None
        assert answer.reference.message_id == note.id
        assert note.thread is None
        assert "-# `google/gemini-2.5-flash` · 12 sec · 0.000" in answer.content
        assert buttons(answer)
        await decide(stage, manager, "buttons", "off")
        stage.post_note()
        await stage.said(stage.channel, "Heard.", count=2)
        assert not buttons(stage.of_the_bot(stage.channel)[-1])


async def test_an_answer_on_request(stage: Stage, manager: User) -> None:
    """A button below the note instead; whoever presses it has the note answered in a thread, once, also after a restart."""
    ben = stage.discord.add_user("ben")
    stage.discord.add_member(stage.guild, ben)
    stage.openroute.script("Heard.")
    async with stage.bot():
        await decide(stage, manager, "answers", "button")
        await decide(stage, manager, "prompt", "Sing.")
        note = stage.post_note()
        [offer] = await stage.said(stage.channel, "Voice note")
        assert note.thread is None
        assert stage.openroute.requests == []
    async with stage.bot():
        press(stage, offer, "Listen", by=ben)
        thread = await stage.thread_on(note)
        await stage.said(thread, "Heard.")
        await stage.discord.wait_for(lambda: offer.deleted, PATIENCE)
        assert [request.prompt for request in stage.openroute.requests] == ["Sing."]


async def test_an_offer_goes_with_its_note(stage: Stage, manager: User) -> None:
    """When the note is deleted, nothing of it stays."""
    async with stage.bot():
        await decide(stage, manager, "answers", "button")
        note = stage.post_note()
        [offer] = await stage.said(stage.channel, "Voice note")
        stage.discord.delete(note)
        await stage.discord.wait_for(lambda: offer.deleted, PATIENCE)


@pytest.mark.parametrize(
    ("value", "name"),
    [
        ("length", "Voice note (11 sec)"),
        ("speaker", "Anna"),
        ("words", "Buy milk and bread, he says, and be quick about it before…"),
    ],
)
async def test_what_a_thread_is_called(stage: Stage, manager: User, value: str, name: str) -> None:
    """How long it is, who speaks, or how the answer begins."""
    stage.openroute.script(
        "**Buy** milk and bread, he says, and be quick about it before the shop closes at six."
    )
    async with stage.bot():
        await decide(stage, manager, "thread-names", value)
        thread = await stage.thread_on(stage.post_note())
        await stage.said(thread, "Buy")
        assert thread.name == name


async def test_questions_and_flags_can_be_switched_off(stage: Stage, manager: User) -> None:
    """For a server or a channel; the operator's own setting is what holds otherwise."""
    stage.openroute.script("Heard.")
    stage.openroute.script("Two litres.")
    async with stage.bot() as bot:
        await decide(stage, manager, "flags", "off")
        await decide(stage, manager, "questions", "off", stage.channel)
        note = stage.post_note()
        thread = await stage.thread_on(note)
        await stage.said(thread, "Heard.")
        stage.discord.react(note, stage.anna, "🇩🇪")
        stage.discord.post(thread, stage.anna, f"{stage.discord.me.mention} how much?")
        await decide(stage, manager, "questions", "always", stage.channel)
        stage.discord.post(thread, stage.anna, "How much?")
        await stage.said(thread, "Two litres.", count=2)
        await bot.logged("note", times=2)
        assert [message.content for message in stage.of_the_bot(thread)] == ["Heard.", "Two litres."]


async def test_a_server_chooses_its_model_and_a_preset(stage: Stage, manager: User) -> None:
    """Of the models that are offered; a preset by what it is called."""
    stage.openroute.script("Milk.", times=2)
    async with stage.bot(OFFERED_MODELS="google/gemini-3.5-flash-lite"):
        told = await decide(stage, manager, "prompt", "summary")
        assert "📝 Transcript → ✨ Summary" in told
        await stage.said(await stage.thread_on(stage.post_note()), "Milk.")
        assert stage.openroute.requests[-1].prompt.startswith("Summarise this recording in")
        await decide(stage, manager, "model", "google/gemini-3.5-flash-lite")
        await stage.said(await stage.thread_on(stage.post_note()), "Milk.")
        assert stage.openroute.requests[-1].body["model"] == "google/gemini-3.5-flash-lite"


async def offered(stage: Stage, manager: User) -> tuple[Message, Message]:
    """A note that is answered on request, and the message that offers it."""
    await decide(stage, manager, "answers", "button")
    note = stage.post_note()
    [offer] = await stage.said(stage.channel, "Voice note")
    return note, offer


async def test_an_offer_stays_for_others_where_one_may_not_have_it(stage: Stage, manager: User) -> None:
    """Who is barred is told in private, and takes nothing from those who are not."""
    ben, crew = stage.discord.add_user("ben"), stage.discord.add_role(stage.guild, "crew", Permission(0))
    stage.discord.give_role(stage.discord.add_member(stage.guild, ben), crew)
    stage.openroute.script("Heard.")
    async with stage.bot():
        await decide(stage, manager, "barred-roles", f"<@&{crew.id}>")
        note, offer = await offered(stage, manager)
        told = await press(stage, offer, "Listen", by=ben).answered(PATIENCE)
        assert told.ephemeral
        assert told.content.startswith("This server has decided which of its members I work for")
        assert note.thread is None
        assert not offer.deleted
        press(stage, offer, "Listen")
        await stage.said(await stage.thread_on(note), "Heard.")
        await stage.discord.wait_for(lambda: offer.deleted, PATIENCE)


async def test_an_offer_that_two_take_at_once(stage: Stage, manager: User) -> None:
    """It is heard once, whoever was first."""
    ben = stage.discord.add_user("ben")
    stage.discord.add_member(stage.guild, ben)
    stage.openroute.script("Heard.")
    async with stage.bot() as bot:
        note, offer = await offered(stage, manager)
        for person in (stage.anna, ben, stage.anna):
            press(stage, offer, "Listen", by=person)
        await stage.said(await stage.thread_on(note), "Heard.")
        await stage.discord.wait_for(lambda: offer.deleted, PATIENCE)
        await bot.logged("note", times=2)
    assert len(stage.openroute.requests) == 1


async def test_an_offer_that_somebody_cannot_pay(stage: Stage, manager: User) -> None:
    """Somebody else has what came to nothing tried again, and pays for it themselves."""
    ben = stage.discord.add_user("ben")
    stage.discord.add_member(stage.guild, ben)
    stage.openroute.script("Heard.", times=2)
    async with stage.bot(BUDGET_PERSON_DAY_MINUTES="0.2") as bot:
        await stage.said(await stage.thread_on(stage.post_note()), "Heard.")
        note, offer = await offered(stage, manager)
        press(stage, offer, "Listen")
        thread = await stage.thread_on(note)
        [told] = await stage.said(thread, "used up")
        await bot.logged("note", times=3)
        press(stage, told, "Try again", by=ben)
        await stage.said(thread, "Heard.")


async def test_a_panel_that_is_forged(stage: Stage, manager: User) -> None:
    """By somebody without the right, nothing is changed, whatever it says."""
    async with stage.bot():
        answer = stage.discord.post(stage.channel, stage.discord.me, "Here.")
        for custom_id, values in (
            ("e:g::v.listening.0", ["off"]),
            ("e:g::d.listening.0", None),
            ("e:g::u..0", None),
            ("e:g::f.prompt.0", None),
        ):
            pressed = stage.discord.forge(stage.anna, answer, custom_id, values)
            told = await pressed.answered(PATIENCE)
            assert told.content == "Only members who manage this server can change its settings."
        assert "no change left" in (await said_to(stage, manager, "undo")).content


async def test_a_recap_of_an_archived_thread(stage: Stage, manager: User) -> None:
    """A thread that nobody has written in for long counts to its channel, too."""
    thread = stage.discord.open_thread(stage.channel, stage.anna, "topic")
    stage.post_note(thread)
    stage.discord.archive(thread)
    async with stage.bot(CATCH_UP_HOURS="0"):
        await decide(stage, manager, "barred-channels", f"<#{stage.channel.id}>")
        asked = stage.discord.slash(stage.anna, stage.channel, "recap", channel=thread, hours=1)
        told = await asked.answered(PATIENCE)
        await stage.discord.wait_for(lambda: told.content, PATIENCE)
        assert told.content.startswith("This server has decided that I hear nothing")
    assert stage.openroute.requests == []


async def test_a_note_in_an_archived_thread(stage: Stage, manager: User) -> None:
    """It counts to its channel."""
    thread = stage.discord.open_thread(stage.channel, stage.anna, "topic")
    stage.discord.archive(thread)
    async with stage.bot() as bot:
        await decide(stage, manager, "listening", "off", stage.channel)
        stage.post_note(thread)
        stage.openroute.script("Heard.")
        await stage.said(
            await stage.thread_on(stage.post_note(stage.discord.add_channel(stage.guild, "other"))), "Heard."
        )
        await bot.logged("note")
        told = await decide(stage, manager, "listening", "off", thread)
        assert "stays as it is: off" in told
    assert stage.of_the_bot(thread) == []


async def test_roles_that_discord_does_not_tell(stage: Stage, manager: User) -> None:
    """A note waits until it is told; who asks is told to try again. Neither is heard meanwhile."""
    stage.openroute.script("Heard.", times=2)
    async with stage.bot() as bot:
        crew = stage.discord.add_role(stage.guild, "crew", Permission(0))
        await decide(stage, manager, "barred-roles", f"<@&{crew.id}>")
        path = f"/guilds/{stage.guild.id}/members/{stage.anna.id}"
        stage.discord.faults.add("GET", path, status=503, times=None)
        note = stage.post_note()
        await bot.logged("postponed")
        asked = stage.discord.context_menu(stage.anna, note, "Transcribe")
        told = await asked.answered(PATIENCE)
        await stage.discord.wait_for(lambda: told.content, PATIENCE)
        assert "try again" in told.content.lower()
        assert stage.openroute.requests == []
        stage.discord.faults.clear()
        await stage.said(await stage.thread_on(note), "Heard.")


async def test_webhooks_have_no_roles_and_share_their_budget(stage: Stage, manager: User) -> None:
    """Where some roles alone are allowed, webhooks have none; elsewhere, one webhook is one person."""
    crew = stage.discord.add_role(stage.guild, "crew", Permission(0))
    stage.openroute.script("Heard.", times=2)
    async with stage.bot(BUDGET_PERSON_DAY_MINUTES="0.2") as bot:
        await decide(stage, manager, "webhooks", "on")
        await decide(stage, manager, "allowed-roles", f"<@&{crew.id}>")
        passed_over = stage.discord.post_by_webhook(stage.channel, "Moss", files=[MEMO])
        await bot.logged("note")
        assert passed_over.thread is None
        await decide(stage, manager, "allowed-roles", "none")
        note = stage.discord.post_by_webhook(stage.channel, "Moss", files=[MEMO])
        await stage.said(await stage.thread_on(note), "Heard.")
        await stage.said(await stage.thread_on(stage.post_note()), "Heard.")


async def test_an_offer_for_each_of_several_files(stage: Stage, manager: User) -> None:
    """Each is taken for itself; the other stays."""
    stage.openroute.script("Heard.")
    async with stage.bot() as bot:
        await decide(stage, manager, "answers", "button")
        other = Upload("other.ogg", MEMO.data, MEMO.content_type)
        message = stage.discord.post(stage.channel, stage.anna, files=[MEMO, other])
        await stage.discord.wait_for(lambda: len(stage.of_the_bot(stage.channel)) == 2, PATIENCE)
        first, second = stage.of_the_bot(stage.channel)
        press(stage, second, "Listen")
        await stage.discord.wait_for(lambda: second.deleted, PATIENCE)
        await stage.said(await stage.thread_on(message), "Heard.")
        await bot.logged("note", times=3)
        assert not first.deleted
    assert len(stage.openroute.requests) == 1
