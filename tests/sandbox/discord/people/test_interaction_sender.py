"""Commands, menus, buttons and forms, from a person's click through discord.py and back."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import discord
import pytest
from discord import app_commands

from sandbox.discord import CannotUseError, Permission, Upload
from tests.sandbox.discord.clients import running

if TYPE_CHECKING:
    from sandbox.discord import Discord
    from tests.sandbox.discord.clients import Bot, Scene

Used = discord.Interaction[discord.Client]


class Buttons(discord.ui.View):
    """One button that works and one that does not."""

    @discord.ui.button(label="Again", custom_id="again")
    async def again(self, interaction: Used, _: discord.ui.Button[Buttons]) -> None:
        """Change the message."""
        await interaction.response.edit_message(content="pressed")

    @discord.ui.button(label="Off", custom_id="off", disabled=True)
    async def off(self, _: Used, __: discord.ui.Button[Buttons]) -> None:
        """Never reached."""
        raise AssertionError


class Form(discord.ui.Modal, title="Ask"):
    """A question and a file."""

    question: discord.ui.Label[Form] = discord.ui.Label(
        text="Question", component=discord.ui.TextInput(custom_id="question")
    )
    file: discord.ui.Label[Form] = discord.ui.Label(
        text="File", component=discord.ui.FileUpload(custom_id="file", required=False)
    )

    async def on_submit(self, interaction: discord.Interaction[Any]) -> None:
        """Say what came in."""
        question, file = self.question.component, self.file.component
        assert isinstance(question, discord.ui.TextInput)
        assert isinstance(file, discord.ui.FileUpload)
        names = [attachment.filename for attachment in file.values]
        await interaction.response.send_message(f"{question.value} {names}")


def commands(bot: Bot) -> None:
    """One command of each kind."""
    settings = app_commands.Group(name="settings", description="Settings")

    @settings.command(name="set", description="Set the language")
    async def set_language(
        interaction: Used, language: str, times: app_commands.Range[int, 1, 3] = 1
    ) -> None:
        await interaction.response.send_message(f"{language} {times}", ephemeral=True)

    @set_language.autocomplete("language")
    async def languages(_: Used, typed: str) -> list[app_commands.Choice[str]]:
        return [app_commands.Choice(name=f"{typed}!", value=typed)]

    @bot.tree.command(name="hear", description="Hear a file")
    async def hear(interaction: Used, file: discord.Attachment) -> None:
        await interaction.response.defer(ephemeral=True, thinking=True)
        heard = await file.read()
        await interaction.edit_original_response(content=f"{len(heard)} bytes", view=Buttons())
        await interaction.followup.send("and more", ephemeral=True)

    @bot.tree.command(name="look", description="Look at a channel")
    async def look(
        interaction: Used, channel: app_commands.AppCommandChannel | app_commands.AppCommandThread
    ) -> None:
        await interaction.response.send_message(f"{channel.permissions.read_message_history}")

    @bot.tree.command(name="purge", description="For managers")
    @app_commands.default_permissions(manage_guild=True)
    async def purge(interaction: Used) -> None:
        await interaction.response.send_message("done")

    @bot.tree.command(name="ask", description="Ask in a form")
    async def ask(interaction: Used) -> None:
        await interaction.response.send_modal(Form())

    @app_commands.allowed_installs(guilds=True, users=True)
    @app_commands.allowed_contexts(guilds=True, dms=True, private_channels=True)
    async def transcribe(interaction: Used, message: discord.Message) -> None:
        await interaction.response.send_message(f"{len(message.attachments)} {message.flags.voice}")

    bot.tree.add_command(settings)
    bot.tree.add_command(app_commands.ContextMenu(name="Transcribe", callback=transcribe))


async def test_a_deferred_answer_with_a_followup(sandbox: Discord, scene: Scene) -> None:
    """A file given as option can be downloaded; the answer replaces “thinking”; being ephemeral, it is not in the channel."""
    async with running(sandbox, prepare=commands):
        used = sandbox.slash(scene.ann, scene.channel, "hear", file=Upload("a.ogg", b"OggS"))
        answer = await used.answered()
        assert (answer.content, answer.ephemeral) == ("4 bytes", True)
        assert used.deferred
        assert (await used.followed_up()).content == "and more"
        assert scene.channel.messages == []


async def test_a_subcommand_with_choices(sandbox: Discord, scene: Scene) -> None:
    """Typing offers choices; the subcommand gets its options."""
    async with running(sandbox, prepare=commands):
        typing = sandbox.autocomplete(scene.ann, scene.channel, "settings set", "language", "de")
        assert await typing.choices_shown() == [{"name": "de!", "value": "de"}]
        used = sandbox.slash(scene.ann, scene.channel, "settings set", language="de", times=2)
        assert (await used.answered()).content == "de 2"


async def test_a_context_menu_has_the_message_even_without_the_intent(sandbox: Discord, scene: Scene) -> None:
    """The target's attachments come along though the bot may not read the channel's content."""
    sandbox.application.message_content = False
    note = sandbox.post_voice(scene.channel, scene.ann, b"OggS", duration=1)
    async with running(sandbox, content=False, prepare=commands):
        used = sandbox.context_menu(scene.ann, note, "Transcribe")
        answer = await used.answered()
        assert answer.content == "1 True"
        assert answer in scene.channel.messages


async def test_a_guest_in_a_server_it_has_not_joined(sandbox: Discord) -> None:
    """A bot installed by a person answers anywhere, ephemerally where the person lacks USE_EXTERNAL_APPS."""
    foreign = sandbox.add_guild("elsewhere", bot=None)
    bob = sandbox.add_user("bob")
    sandbox.add_member(foreign, bob)
    channel = sandbox.add_channel(foreign)
    note = sandbox.post_voice(channel, bob, b"OggS", duration=1)
    group = sandbox.add_group([bob, foreign.owner])
    private = sandbox.post_voice(group, bob, b"OggS", duration=1)
    async with running(sandbox, prepare=commands):
        with pytest.raises(CannotUseError, match="not installed"):
            sandbox.context_menu(bob, note, "Transcribe")
        sandbox.install_for(bob)
        answer = await sandbox.context_menu(bob, note, "Transcribe").answered()
        assert (answer.content, answer.ephemeral) == ("1 True", False)
        sandbox.forbid(channel, Permission.USE_EXTERNAL_APPS, foreign.everyone)
        assert (await sandbox.context_menu(bob, note, "Transcribe").answered()).ephemeral
        assert (await sandbox.context_menu(bob, private, "Transcribe").answered()).content == "1 True"


async def test_a_button_changes_its_message(sandbox: Discord, scene: Scene) -> None:
    """Pressing reaches the view; what is disabled or not there cannot be pressed."""
    async with running(sandbox, prepare=commands):
        used = sandbox.slash(scene.ann, scene.channel, "hear", file=Upload("a.ogg", b"OggS"))
        answer = await used.answered()
        pressed = sandbox.press(scene.ann, answer, "again")
        assert (await pressed.answered()).content == "pressed"
        assert answer.content == "pressed"
        with pytest.raises(CannotUseError, match="cannot be pressed"):
            sandbox.press(scene.ann, answer, "off")
        with pytest.raises(CannotUseError, match="only"):
            sandbox.press(scene.ann, answer, "nothing")


async def test_a_form_with_a_file(sandbox: Discord, scene: Scene) -> None:
    """What is put into the form arrives; a required field cannot be left out."""
    async with running(sandbox, prepare=commands):
        used = sandbox.slash(scene.ann, scene.channel, "ask")
        assert (await used.form_shown())["title"] == "Ask"
        with pytest.raises(CannotUseError, match="required"):
            sandbox.submit(used, {})
        sent = sandbox.submit(used, {"question": "what?", "file": [Upload("a.ogg", b"OggS")]})
        assert (await sent.answered()).content == "what? ['a.ogg']"


async def test_who_may_use_what(sandbox: Discord, scene: Scene) -> None:
    """Permissions, names, options and their types are checked as Discord's own client does."""
    async with running(sandbox, prepare=commands):
        with pytest.raises(CannotUseError, match="lacks the permissions"):
            sandbox.slash(scene.ann, scene.channel, "purge")
        boss = sandbox.add_user("boss")
        sandbox.add_member(scene.guild, boss, Permission.MANAGE_GUILD)
        assert (await sandbox.slash(boss, scene.channel, "purge").answered()).content == "done"
        for name, options, why in (
            ("nothing", {}, "no command"),
            ("settings", {}, "needs one of"),
            ("settings get", {}, "no subcommand"),
            ("settings set", {}, "required"),
            ("settings set", {"language": 5}, "takes no int"),
            ("settings set", {"language": "de", "times": 4}, "out of the range"),
            ("settings set", {"language": "de", "colour": "red"}, "no options"),
        ):
            with pytest.raises(CannotUseError, match=why):
                sandbox.interactions.slash(scene.ann, scene.channel, name, options)
        sandbox.forbid(scene.channel, Permission.USE_APPLICATION_COMMANDS, scene.guild.everyone)
        with pytest.raises(CannotUseError, match="may not use commands"):
            sandbox.slash(scene.ann, scene.channel, "ask")


async def test_a_chosen_channel_comes_with_what_both_may_do_there(sandbox: Discord, scene: Scene) -> None:
    """The person, as discord.py has it, and the bot; threads, too; and no more than a part of the channel."""
    me = scene.guild.members[sandbox.me.id]
    sandbox.forbid(scene.channel, Permission.READ_MESSAGE_HISTORY, scene.guild.members[scene.ann.id])
    other = sandbox.add_channel(scene.guild, "other")
    sandbox.forbid(other, Permission.READ_MESSAGE_HISTORY, me)
    thread = sandbox.open_thread(other, scene.ann, "thread")
    async with running(sandbox, prepare=commands):
        for channel, theirs, ours in (
            (scene.channel, False, True),
            (other, True, False),
            (thread, True, False),
        ):
            used = sandbox.slash(scene.ann, other, "look", channel=channel)
            assert (await used.answered()).content == str(theirs)
            told = used.event_json()["data"]["resolved"]["channels"][str(channel.id)]
            assert bool(int(told["app_permissions"]) & Permission.READ_MESSAGE_HISTORY) is ours
            assert "permission_overwrites" not in told
