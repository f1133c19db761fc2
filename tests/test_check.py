"""`check` against both stand-ins: each thing it looks at, each way it can stand, and what to do about it."""

from __future__ import annotations

import dataclasses
import json
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest
from pydantic import SecretStr

from bot.check import check
from sandbox.discord import Discord
from sandbox.openroute import DEAF, GEMINI, GEMINI_LITE, Openroute
from tests.fixtures import settings_of

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator
    from pathlib import Path

NAMES = [
    "settings", "endpoint", "key", f"model {GEMINI.id}", "discord token", "message content intent", "decoder",
    "database", "disk",
]  # fmt: skip


class Doctor:
    """Looks at everything, with settings as wanted."""

    def __init__(
        self, discord: Discord, openroute: Openroute, folder: Path, capsys: pytest.CaptureFixture[str]
    ) -> None:
        self.discord = discord
        self.openroute = openroute
        self.folder = folder
        self._capsys = capsys

    async def look(self, **wanted: Any) -> tuple[int, dict[str, tuple[str, str, str]]]:
        """The exit status, and by name each finding's grade, text and advice."""
        status = await check(self.settings(**wanted), as_json=True)
        found = json.loads(self._capsys.readouterr().out)
        assert all(set(each) == {"name", "grade", "text", "advice"} for each in found)
        return status, {each["name"]: (each["grade"], each["text"], each["advice"]) for each in found}

    def settings(self, **wanted: Any) -> Any:
        """All in order, but for what is `wanted` otherwise."""
        usual = {
            "discord_token": SecretStr(self.discord.token),
            "discord_api_url": self.discord.api_url,
            "openroute_base_url": self.openroute.base_url,
            "openroute_api_key": SecretStr(self.openroute.key),
            "database_url": f"sqlite:///{self.folder}/a.db",
            "decoders": 1,
        }
        return settings_of(**{**usual, **wanted})


@pytest.fixture
async def doctor(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> AsyncGenerator[Doctor]:
    """Everything in order."""
    async with Discord() as discord, Openroute() as openroute:
        yield Doctor(discord, openroute, tmp_path, capsys)
        assert openroute.requests == [], "looking must not cost anything"


async def test_all_is_well(doctor: Doctor) -> None:
    """Everything is looked at, nothing advised."""
    status, found = await doctor.look()
    assert status == 0
    assert list(found) == NAMES
    assert {grade for grade, _, _ in found.values()} == {"ok"}
    assert {advice for _, _, advice in found.values()} == {""}
    assert found["key"][1] == "accepted; 10 credits left"


async def test_people_read_a_line_for_each(doctor: Doctor, capsys: pytest.CaptureFixture[str]) -> None:
    """Grade first, advice last; and neither key nor token."""
    status = await check(doctor.settings(openroute_api_key=SecretStr("sk-or-v1-wrong")), as_json=False)
    out = capsys.readouterr().out
    assert status == 1
    assert len(out.splitlines()) == len(NAMES)
    [line] = [line for line in out.splitlines() if " key: " in line]
    assert line.startswith("failed ")
    assert " → " in line
    assert "sk-or-v1-wrong" not in out
    assert doctor.discord.token not in out


@pytest.mark.parametrize(
    ("wanted", "name", "words"),
    [
        ({"openroute_api_key": None}, "key", "OPENROUTE_API_KEY"),
        ({"openroute_api_key": SecretStr("sk-other")}, "key", "refused"),
        ({"openroute_model": "google/gemini-1.0"}, "model google/gemini-1.0", "not among"),
        ({"openroute_fallback_models": (DEAF.id,)}, f"model {DEAF.id}", "not among"),
        ({"discord_token": None}, "discord token", "DISCORD_TOKEN"),
        ({"discord_token": SecretStr("wrong")}, "discord token", "refused"),
        ({"openroute_base_url": "http://127.0.0.1:9/v1"}, "endpoint", "can't be reached"),
        ({"discord_api_url": "http://127.0.0.1:9/api/v10"}, "discord token", "can't be reached"),
        ({"decode_memory_mb": 128}, "decoder", "does not work"),
        ({"database_url": "sqlite:////proc/nowhere/a.db"}, "database", "/proc/nowhere/a.db"),
    ],
)
async def test_what_keeps_the_bot_from_working_fails(
    doctor: Doctor, wanted: dict[str, Any], name: str, words: str
) -> None:
    """And says what to do; the rest is looked at all the same."""
    status, found = await doctor.look(**wanted)
    grade, text, advice = found[name]
    assert status == 1
    assert grade == "failed"
    assert words in text
    assert advice
    assert found["disk"][0] == "ok"
    assert [n for n, (grade, _, _) in found.items() if grade == "failed"] == [name]


async def test_a_model_that_does_not_hear_is_found_out(doctor: Doctor) -> None:
    """Also where the endpoint lists models of every kind, whatever it was asked for."""
    doctor.openroute.faults.add("GET", "/models", body={"data": [GEMINI.entry, DEAF.entry]})
    status, found = await doctor.look(openroute_model=DEAF.id)
    assert status == 1
    assert found[f"model {DEAF.id}"][:2] == ("failed", "it does not hear audio")


async def test_an_empty_account_fails(doctor: Doctor) -> None:
    """The key is good, and still nothing will be answered."""
    doctor.openroute.faults.add("GET", "/key", body={"data": {"limit": 1, "limit_remaining": 0}})
    status, found = await doctor.look()
    assert status == 1
    assert found["key"][0] == "failed"
    assert "credit" in found["key"][2]


@pytest.mark.parametrize(("days", "grade"), [(-3, "warning"), (9, "warning"), (400, "ok")])
async def test_a_model_that_retires_is_pointed_out(doctor: Doctor, days: int, grade: str) -> None:
    """In time: with the date, as a warning when it is near."""
    end = (datetime.now(UTC).date() + timedelta(days=days)).isoformat()
    doctor.openroute.models = [dataclasses.replace(GEMINI, expiration_date=end), GEMINI_LITE]
    status, found = await doctor.look()
    assert status == 0
    assert found[f"model {GEMINI.id}"][0] == grade
    assert end in found[f"model {GEMINI.id}"][1]


@pytest.mark.parametrize("body", [b"<html>not found</html>", {"error": {"code": 404, "message": "?"}}])
async def test_an_endpoint_without_lists_is_not_held_against(doctor: Doctor, body: object) -> None:
    """Many speak only completions: what they do not tell is not looked up, and said to be so."""
    doctor.openroute.faults.add("GET", "/(key|models)", times=2, status=404, body=body)
    status, found = await doctor.look()
    assert status == 0
    assert {found["key"][0], found[f"model {GEMINI.id}"][0]} == {"ok"}
    assert "404" in found["key"][1]
    assert "404" in found[f"model {GEMINI.id}"][1]


@pytest.mark.parametrize("status", [429, 503])
async def test_a_discord_that_is_away_says_nothing_of_the_token(doctor: Doctor, status: int) -> None:
    """Nobody is sent to copy it again."""
    doctor.discord.faults.add("GET", "/applications/@me", status=status, body="busy")
    result, found = await doctor.look()
    grade, text, advice = found["discord token"]
    assert (result, grade) == (1, "failed")
    assert str(status) in text
    assert "refused" not in text
    assert "try again" in advice


async def test_listening_without_the_intent_is_a_warning(doctor: Doctor) -> None:
    """Commands work without it."""
    doctor.discord.application.message_content = False
    status, found = await doctor.look()
    assert status == 0
    grade, text, advice = found["message content intent"]
    assert grade == "warning"
    assert "off" in text
    assert "portal" in advice
