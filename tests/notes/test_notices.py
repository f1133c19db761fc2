"""Which answers carry the line that says where recordings go: the first in each channel, and again that very one."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import pytest

from bot import reply
from bot.notes import Notices
from bot.policy import RuleBook
from bot.reply import ENGLISH, Handling
from bot.storage import WHOLE_SERVER, GuildSettings, Told
from tests.fixtures import file_of, note_of, settings_of
from tests.fixtures_database import database, database_url
from tests.postgres import postgres, postgres_url

if TYPE_CHECKING:
    from bot.storage import Database

__all__ = ["database", "database_url", "postgres", "postgres_url"]

HANDLING = Handling(hearer="api.example", keep_days=30)
SAID = reply.notice(HANDLING, ENGLISH)


def notices_of(database: Database, wording: str = "on") -> Notices:
    """With nothing told yet but what is in the database."""
    rule_book = RuleBook(guild_settings=GuildSettings(database), settings=settings_of())
    return Notices(told=Told(database), handling=HANDLING, wording=wording, rule_book=rule_book)


async def test_the_first_answer_in_each_channel_has_it(database: Database) -> None:
    """Direct messages are channels, too."""
    notices = notices_of(database)
    assert await notices.line(note_of(message_id=1), ENGLISH) == SAID
    assert await notices.line(note_of(message_id=2), ENGLISH) is None
    assert await notices.line(note_of(message_id=3, channel_id=9), ENGLISH) == SAID
    assert await notices.line(note_of(message_id=4, channel_id=10, guild_id=None), ENGLISH) == SAID
    assert await notices.line(note_of(message_id=5, channel_id=10, guild_id=None), ENGLISH) is None


async def test_that_answer_has_it_again(database: Database) -> None:
    """When it could not be posted, also by another process; what else is asked of the message does not."""
    assert await notices_of(database).line(note_of(), ENGLISH) == SAID
    assert await notices_of(database).line(note_of(attachment=file_of(id=6)), ENGLISH) is None
    assert await notices_of(database).line(note_of(ask="preset:summary:de"), ENGLISH) is None
    assert await notices_of(database).line(note_of(), ENGLISH) == SAID


async def test_of_many_at_once_one_has_it(database: Database) -> None:
    """Whatever the database."""
    notices = notices_of(database)
    said = await asyncio.gather(*(notices.line(note_of(message_id=n), ENGLISH) for n in range(1, 31)))
    assert said.count(SAID) == 1


async def test_private_answers_do_not_use_it_up(database: Database) -> None:
    """One person has seen them."""
    notices = notices_of(database)
    assert await notices.line(note_of(private=True), ENGLISH) is None
    assert await notices.line(note_of(message_id=2), ENGLISH) == SAID


@pytest.mark.parametrize(("wording", "said"), [("off", None), ("See our rules.", "See our rules.")])
async def test_the_operator_has_the_say(database: Database, wording: str, said: str | None) -> None:
    """No line, or one of their own."""
    assert await notices_of(database, wording).line(note_of(), ENGLISH) == said


async def test_a_thread_is_part_of_its_channel(database: Database) -> None:
    """Notes in a thread or forum post: those who read it can read the channel."""
    notices = notices_of(database)
    in_thread = note_of(channel_id=20, parent_id=2)
    assert await notices.line(in_thread, ENGLISH) == SAID
    assert await notices.line(note_of(message_id=2), ENGLISH) is None
    assert await notices.line(note_of(message_id=3, channel_id=21, parent_id=2), ENGLISH) is None


async def test_a_server_may_not_want_it(database: Database) -> None:
    """Or not in a channel; that does not use it up."""
    await GuildSettings(database).change(3, WHOLE_SERVER, "notice", "off", 4)
    await GuildSettings(database).change(3, 9, "notice", "on", 4)
    assert await notices_of(database).line(note_of(), ENGLISH) is None
    assert await notices_of(database).line(note_of(channel_id=9), ENGLISH) == SAID
    await GuildSettings(database).change(3, WHOLE_SERVER, "notice", None, 4)
    assert await notices_of(database).line(note_of(), ENGLISH) == SAID
