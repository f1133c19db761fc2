"""Notes are answered: wherever they are posted, whatever format they have, however long the answer is."""

from __future__ import annotations

import asyncio
import base64
import itertools
from typing import TYPE_CHECKING

import pytest

from bot import errors, reply
from sandbox.discord import ChannelKind, Permission, Upload
from tests.fixtures import Recording
from tests.journeys.stage import PATIENCE, SAMPLE
from tests.recordings import sample_as

if TYPE_CHECKING:
    from pathlib import Path

    from tests.journeys.stage import Stage

SAMPLE_FILE = Upload("memo.ogg", SAMPLE.read_bytes(), "audio/ogg")


async def test_a_voice_note_is_answered_in_a_thread(stage: Stage) -> None:
    """A note that is answered at once costs one thread and one message; the request is as documented; no words are in the log."""
    stage.openroute.script("Could we move our meeting ", "to Thursday?")
    async with stage.bot() as bot:
        note = stage.post_note()
        thread = await stage.thread_on(note)
        [answer] = await stage.said(thread, "to Thursday?")
        line = await bot.logged("note")
    assert answer.content == "Could we move our meeting to Thursday?"
    assert thread.name == "Voice note (11 sec)"
    [asked] = stage.openroute.requests
    assert asked.headers["Authorization"] == f"Bearer {stage.openroute.key}"
    assert int(asked.headers["Content-Length"]) > len(asked.body["messages"][0]["content"][1])
    [message] = asked.body["messages"]
    text, audio = message["content"]
    assert text == {"type": "text", "text": "Please transcribe this audio file."}
    assert audio["type"] == "input_audio"
    assert audio["input_audio"]["format"] == "wav"
    assert base64.b64decode(audio["input_audio"]["data"], validate=True).startswith(b"RIFF")
    assert set(asked.body) == {"model", "messages", "stream", "user"}
    assert asked.body["model"] == "google/gemini-2.5-flash"
    assert str(stage.anna.id) not in asked.body["user"]
    assert line["outcome"] == "posted"
    assert "Thursday" not in bot.raw
    assert stage.discord.token not in bot.raw
    posts = [call for call in stage.discord.calls_to("POST") if call.path.startswith("/channels")]
    assert sorted(call.path.rpartition("/")[2] for call in posts) == ["messages", "threads"]


async def test_a_model_that_stops_early_is_asked_to_go_on(stage: Stage) -> None:
    """The parts of an answer that the model stopped early are posted as one."""
    stage.openroute.script("It began. And th", finish_reason="length")
    stage.openroute.script("And then it ended.")
    async with stage.bot():
        [answer] = await stage.said(await stage.thread_on(stage.post_note()), "then it ended.")
    assert answer.content == "It began. And then it ended."


async def test_a_note_in_which_nobody_speaks_costs_nothing(stage: Stage, tmp_path: Path) -> None:
    """The person is told so; no model is asked."""
    quiet = Recording(container="ogg", codec="libopus", silent=True).write(tmp_path / "quiet.ogg")
    async with stage.bot():
        file = Upload("quiet.ogg", quiet.read_bytes(), "audio/ogg")
        thread = await stage.thread_on(stage.discord.post(stage.channel, stage.anna, files=[file]))
        await stage.said(thread, reply.sentence(errors.NoSpeech(), words=reply.ENGLISH))
    assert stage.openroute.requests == []


async def test_a_slow_answer_grows(stage: Stage) -> None:
    """The text so far is posted before the end has come, then edited into the whole."""
    rest = asyncio.Event()
    stage.openroute.script("The first half, ", rest, "the second half.")
    async with stage.bot():
        note = stage.post_note()
        thread = await stage.thread_on(note)
        await stage.said(thread, "The first half,")
        rest.set()
        [answer] = await stage.said(thread, "the second half.")
    assert answer.versions == ["The first half,", "The first half, the second half."]


async def test_edits_keep_the_pace(stage: Stage) -> None:
    """However fast the text comes, a message is edited no faster than every two seconds, and never refused."""
    steps: list[str | asyncio.Event] = ["It begins. "]
    gates = [asyncio.Event() for _ in range(3)]
    for number, gate in enumerate(gates):
        steps += [gate, *(f"Sentence {number} {part}. " for part in range(20))]
    stage.openroute.script(*steps)
    async with stage.bot():
        thread = await stage.thread_on(stage.post_note())
        [answer] = await stage.said(thread, "It begins.")
        for number, gate in enumerate(gates):
            gate.set()
            await stage.said(thread, f"Sentence {number} 19.")
    times = [version.at for version in answer.history]
    # The last edit, to the finished answer, waits for nothing.
    between = [later - earlier for earlier, later in itertools.pairwise(times[:-1])]
    assert all(seconds > 1.5 for seconds in between)
    assert stage.discord.limits.refused == []


@pytest.mark.parametrize("kind", [ChannelKind.TEXT, ChannelKind.ANNOUNCEMENT])
async def test_channels_get_a_thread(stage: Stage, kind: ChannelKind) -> None:
    """In text and announcement channels a thread is opened on the note."""
    channel = stage.discord.add_channel(stage.guild, "here", kind)
    stage.openroute.script("Heard.")
    async with stage.bot():
        thread = await stage.thread_on(stage.post_note(channel))
        await stage.said(thread, "Heard.")
    assert stage.of_the_bot(channel) == []


@pytest.mark.parametrize("kind", [ChannelKind.VOICE, ChannelKind.STAGE])
async def test_voice_channels_are_answered_in_place(stage: Stage, kind: ChannelKind) -> None:
    """Where Discord opens no threads, the answer is a reply that pings nobody."""
    channel = stage.discord.add_channel(stage.guild, "talk", kind)
    stage.openroute.script("Heard.")
    async with stage.bot():
        note = stage.post_note(channel)
        [answer] = await stage.said(channel, "Heard.")
    assert answer.referenced is note
    assert answer.mentions == []


async def test_threads_are_answered_in_place(stage: Stage) -> None:
    """A note in a thread is answered there."""
    thread = stage.discord.open_thread(stage.channel, stage.anna, "planning")
    stage.openroute.script("Heard.")
    async with stage.bot():
        note = stage.post_note(thread)
        [answer] = await stage.said(thread, "Heard.")
    assert answer.referenced is note


async def test_forum_posts_are_answered_in_place(stage: Stage) -> None:
    """The first message of a forum post may be a note, too."""
    forum = stage.discord.add_channel(stage.guild, "ideas", ChannelKind.FORUM)
    stage.openroute.script("Heard.")
    async with stage.bot():
        post = stage.discord.open_post(forum, stage.anna, "An idea", files=[SAMPLE_FILE])
        await stage.said(post.channel, "Heard.")


async def test_direct_messages_are_answered(stage: Stage) -> None:
    """In direct messages, too, and there in place."""
    channel = stage.discord.direct_channel(stage.anna)
    stage.openroute.script("Heard.")
    async with stage.bot():
        stage.post_note(channel)
        await stage.said(channel, "Heard.")


async def test_forwarded_notes_are_answered(stage: Stage) -> None:
    """A forwarded note is in a snapshot, where it is found."""
    elsewhere = stage.discord.add_channel(stage.guild, "elsewhere")
    stage.discord.forbid(elsewhere, stage.discord.world.permissions(elsewhere))
    note = stage.post_note(elsewhere)
    stage.openroute.script("Heard.")
    async with stage.bot():
        thread = await stage.thread_on(stage.discord.forward(note, stage.channel, stage.anna))
        await stage.said(thread, "Heard.")
        assert thread.name == "Voice note (11 sec)"


async def test_an_existing_thread_is_used(stage: Stage) -> None:
    """Somebody was quicker to open a thread on the note: the answer goes there."""
    opening = asyncio.Event()
    stage.discord.faults.add("POST", r"/channels/\d+/messages/\d+/threads", hold=opening)
    stage.openroute.script("Heard.")
    async with stage.bot():
        note = stage.post_note()
        thread = stage.discord.open_thread(stage.channel, stage.anna, "quick", starter=note)
        opening.set()
        await stage.said(thread, "Heard.")


async def test_several_files_share_a_thread(stage: Stage) -> None:
    """Each file of a message is answered under its name, in their order, in one thread."""
    first_may_end = asyncio.Event()
    stage.openroute.script("Answer of whoever comes first.", first_may_end)
    stage.openroute.script("Answer of whoever comes second.")
    files = [
        SAMPLE_FILE,
        Upload("voice_2.mp3", sample_as("mp3"), "audio/mpeg"),
        Upload("cat.png", b"\x89PNG"),
    ]
    async with stage.bot():
        note = stage.discord.post(stage.channel, stage.anna, "two things", files=files)
        await stage.openroute.wait_for(lambda: len(stage.openroute.requests) == 2, PATIENCE)
        first_may_end.set()
        thread = await stage.thread_on(note)
        answers = await stage.said(thread, "second.", count=2)
    titles = [answer.content.split("\n")[0] for answer in answers]
    assert titles == ["**memo.ogg**", r"**voice\_2.mp3**"]


async def test_what_is_no_audio_is_left_alone(stage: Stage) -> None:
    """Text, pictures, bots and the bot itself get no answer; the note after them does."""
    other_bot = stage.discord.add_user("jukebox", bot=True)
    stage.discord.add_member(stage.guild, other_bot)
    stage.openroute.script("Heard.")
    async with stage.bot():
        ignored = [
            stage.discord.post(stage.channel, stage.anna, "hello"),
            stage.discord.post(stage.channel, stage.anna, files=[Upload("a.png", b"\x89PNG", "image/png")]),
            stage.post_note(author=other_bot),
        ]
        thread = await stage.thread_on(stage.post_note())
        await stage.said(thread, "Heard.")
    assert all(message.thread is None for message in ignored)
    assert len(stage.openroute.requests) == 1


@pytest.mark.parametrize(("name", "form"), [("a.wav", "wav"), ("b.mp3", "mp3")])
async def test_fit_files_are_sent_untouched(stage: Stage, name: str, form: str) -> None:
    """WAV and MP3 go to the model byte for byte, whatever the file is called."""
    data = sample_as(form)
    stage.openroute.script("Heard.")
    async with stage.bot():
        thread = await stage.thread_on(
            stage.discord.post(stage.channel, stage.anna, files=[Upload(f"{name}.ogg", data, "video/mp4")])
        )
        await stage.said(thread, "Heard.")
    [asked] = stage.openroute.requests
    sent = asked.body["messages"][0]["content"][1]["input_audio"]
    assert sent["format"] == form
    assert base64.b64decode(sent["data"]) == data


async def test_ogg_is_sent_untouched_where_the_endpoint_takes_it(stage: Stage) -> None:
    """`AUDIO_FORMATS` with ogg spares Discord's own notes the transcoding."""
    stage.openroute.formats = ("wav", "mp3", "ogg")
    stage.openroute.script("Heard.")
    async with stage.bot(AUDIO_FORMATS="wav,mp3,ogg"):
        await stage.said(await stage.thread_on(stage.post_note()), "Heard.")
    [asked] = stage.openroute.requests
    sent = asked.body["messages"][0]["content"][1]["input_audio"]
    assert sent["format"] == "ogg"
    assert base64.b64decode(sent["data"]) == SAMPLE.read_bytes()


async def test_long_recordings_become_mp3(stage: Stage) -> None:
    """Past half a minute, MP3 is sent, of the whole length."""
    stage.openroute.script("Heard.")
    async with stage.bot():
        tone = Recording(container="flac", codec="flac").write(stage.folder / "tone", seconds=150)
        file = Upload("long.flac", tone.read_bytes(), "audio/flac")
        thread = await stage.thread_on(stage.discord.post(stage.channel, stage.anna, files=[file]))
        await stage.said(thread, "Heard.")
    [asked] = stage.openroute.requests
    assert asked.format == "mp3"
    assert asked.seconds == pytest.approx(150, abs=0.2)


async def test_a_long_answer_is_split(stage: Stage) -> None:
    """Over 2000 characters, the answer goes on in further messages, cut between sentences."""
    sentences = [f"This is sentence number {number} of the answer." for number in range(100)]
    stage.openroute.script(" ".join(sentences))
    async with stage.bot():
        thread = await stage.thread_on(stage.post_note())
        pages = await stage.said(thread, sentences[-1], count=3)
    assert " ".join(page.content for page in pages) == " ".join(sentences)
    assert all(page.content.endswith("answer.") for page in pages)


async def test_a_very_long_answer_ends_in_a_file(stage: Stage) -> None:
    """Beyond five messages, the whole answer is attached as a file."""
    whole = " ".join(f"This is sentence number {number} of the answer." for number in range(400))
    stage.openroute.script(whole)
    async with stage.bot():
        thread = await stage.thread_on(stage.post_note())
        pages = await stage.said(thread, "in the file", count=5)
    [file] = pages[-1].attachments
    assert file.filename == "answer.txt"
    assert file.data.decode() == whole + "\n"
    assert len(stage.of_the_bot(thread)) == 5


async def test_nobody_is_pinged(stage: Stage) -> None:
    """Whatever the model says, it mentions nobody, and its links hide nothing."""
    stage.openroute.script(f"@everyone <@{stage.anna.id}> [prize](https://evil.example/x)")
    async with stage.bot():
        thread = await stage.thread_on(stage.post_note())
        [answer] = await stage.said(thread, "@everyone")
    assert not answer.mention_everyone
    assert answer.mentions == []
    assert answer.content.endswith("prize (<https://evil.example/x>)")


async def test_a_note_in_a_thread_that_was_archived(stage: Stage) -> None:
    """The bot knows nothing of the thread, fetches it, and answers in it with the prompt of its parent channel."""
    manager = stage.discord.add_user("manager")
    stage.discord.add_member(stage.guild, manager, Permission.MANAGE_GUILD)
    thread = stage.discord.open_thread(stage.channel, stage.anna, "planning")
    stage.discord.archive(thread)
    stage.openroute.script("Heard.", times=2)
    async with stage.bot() as bot:
        await bot.logged("ready")
        setting = stage.discord.slash(
            manager, stage.channel, "prompt set", text="Of the channel.", channel=stage.channel
        )
        await setting.answered(PATIENCE)
        note = stage.post_note(thread)
        [answer] = await stage.said(thread, "Heard.")
        assert answer.referenced is note
        assert note.thread is None
        stage.discord.archive(thread)
        menu = await stage.discord.context_menu(stage.anna, note, "Transcribe").answered(PATIENCE)
        assert menu.content == "Heard."
    assert [request.prompt for request in stage.openroute.requests] == ["Of the channel."] * 2
    assert len(stage.discord.calls_to("GET", f"/channels/{thread.id}")) == 1


async def test_a_note_in_a_thread_nobody_tells_of(stage: Stage) -> None:
    """If only the message tells that it is in a thread, it is still answered there."""
    thread = stage.discord.open_thread(stage.channel, stage.anna, "planning")
    stage.discord.archive(thread)
    stage.openroute.script("Heard.")
    async with stage.bot() as bot:
        await bot.logged("ready")
        stage.discord.faults.add("GET", f"/channels/{thread.id}", status=403)
        note = stage.post_note(thread)
        [answer] = await stage.said(thread, "Heard.")
    assert answer.referenced is note
    assert stage.discord.calls_to("POST", f"/channels/{thread.id}/messages/{note.id}/threads") == []


async def test_files_are_called_what_their_authors_called_them(stage: Stage) -> None:
    """In the thread's name and above each answer; Discord itself names files in Latin letters alone."""
    stage.openroute.script("Heard.", times=3)
    one, two = (Upload(f"{name}.mp3", sample_as("mp3"), "audio/mpeg") for name in ("Встреча 1", "会议录音"))
    async with stage.bot():
        thread = await stage.thread_on(stage.discord.post(stage.channel, stage.anna, files=[one]))
        await stage.said(thread, "Heard.")
        both = await stage.thread_on(stage.discord.post(stage.channel, stage.anna, files=[one, two]))
        answers = await stage.said(both, "Heard.", count=2)
        await stage.discord.wait_for(lambda: all("Heard." in answer.content for answer in answers), PATIENCE)
    assert thread.name == "Встреча 1.mp3"
    assert {answer.content for answer in answers} == {"**Встреча 1.mp3**\nHeard.", "**会议录音.mp3**\nHeard."}
