"""Registering commands."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from sandbox.discord import CannotUseError

if TYPE_CHECKING:
    from sandbox.discord import Discord
    from tests.sandbox.discord.clients import Http, Scene

ASK: dict[str, Any] = {"name": "ask", "description": "Ask", "type": 1}
OPTION: dict[str, Any] = {"name": "x", "description": "x", "type": 3}


async def test_commands_are_replaced_as_a_whole(sandbox: Discord, http: Http) -> None:
    """Replacing the list removes commands that are not in the new one; those that stay keep their ids."""
    path = f"/applications/{sandbox.application.id}/commands"
    first = await http.call("PUT", path, [ASK, {"name": "Transcribe", "type": 3}])
    second = await http.call("PUT", path, [ASK | {"description": "Ask again"}])
    assert [command["id"] for command in second.body] == [first.body[0]["id"]]
    assert (await http.call("GET", path)).body == second.body == sandbox.world.commands[None]


async def test_commands_one_by_one_and_per_server(sandbox: Discord, http: Http, scene: Scene) -> None:
    """Commands can be added, read and deleted one by one; those of a server are apart from the global ones."""
    path = f"/applications/{sandbox.application.id}/guilds/{scene.guild.id}/commands"
    added = await http.call("POST", path, ASK)
    again = await http.call("POST", path, ASK)
    assert (added.status, again.status, added.body["guild_id"]) == (201, 200, str(scene.guild.id))
    one = f"{path}/{added.body['id']}"
    assert (await http.call("GET", one)).body["name"] == "ask"
    assert (await http.call("DELETE", one)).status == 204
    assert (await http.call("GET", one)).code == 10063
    assert (await http.call("GET", "/applications/5/commands")).code == 50001


@pytest.mark.parametrize(
    ("command", "field"),
    [
        (ASK | {"name": "Ask"}, "name"),
        (ASK | {"name": "two words"}, "name"),
        (ASK | {"description": ""}, "description"),
        (ASK | {"description": "d" * 101}, "description"),
        ({"name": "n" * 33, "type": 3}, "name"),
        ({"name": "Menu", "type": 3, "description": "d"}, "description"),
        (ASK | {"options": [{"name": "X", "description": "x", "type": 3}]}, "options"),
        (ASK | {"name_localizations": {"de": "Fragen"}}, "name_localizations"),
        (ASK | {"name_localizations": {"de": "zwei wörter"}}, "name_localizations"),
        (ASK | {"name_localizations": {"xx": "fragen"}}, "name_localizations"),
        (ASK | {"description_localizations": {"ja": "尋" * 101}}, "description_localizations"),
        ({"name": "Menu", "type": 3, "name_localizations": {"fr": "m" * 33}}, "name_localizations"),
        (ASK | {"options": [OPTION | {"name": "y", "name_localizations": {"de": "x"}}, OPTION]}, "options"),
    ],
)
async def test_what_is_refused(sandbox: Discord, http: Http, command: dict[str, Any], field: str) -> None:
    """Names and descriptions have their rules, and the error names the field."""
    reply = await http.call("PUT", f"/applications/{sandbox.application.id}/commands", [command])
    assert (reply.status, reply.code) == (400, 50035)
    assert list(reply.body["errors"]["0"]) == [field]


async def test_names_and_descriptions_in_other_languages(sandbox: Discord, http: Http) -> None:
    """Are taken and given back, as they are; menus may have capitals and spaces."""
    asks = ASK | {
        "name_localizations": {"de": "fragen", "ja": "質問"},
        "description_localizations": {"de": "Frag"},
    }
    menu = {"name": "Ask it", "type": 3, "name_localizations": {"de": "Frag es"}}
    put = await http.call("PUT", f"/applications/{sandbox.application.id}/commands", [asks, menu])
    assert put.status == 200
    assert [command["name_localizations"] for command in put.body] == [
        {"de": "fragen", "ja": "質問"},
        {"de": "Frag es"},
    ]


async def test_all_texts_of_a_command_together_have_a_limit(sandbox: Discord, http: Http) -> None:
    """8000 characters, each text in its longest language."""
    options = [
        {"name": f"option-{n}", "description": "x", "description_localizations": {"de": "x" * 100}, "type": 1}
        for n in range(25)
    ]
    nested = [OPTION | {"name": f"o{n}", "description": "x" * 100} for n in range(3)]
    path = f"/applications/{sandbox.application.id}/commands"
    fits = ASK | {"options": [option | {"options": nested[:2]} for option in options]}
    exceeds = ASK | {"options": [option | {"options": nested} for option in options]}
    assert (await http.call("PUT", path, [fits])).status == 200
    assert (await http.call("PUT", path, [exceeds])).code == 50035


async def test_a_command_for_administrators_alone(sandbox: Discord, http: Http, scene: Scene) -> None:
    """Commands whose default permissions are "0" can only be used by administrators."""
    command = ASK | {"default_member_permissions": 0}
    await http.call("PUT", f"/applications/{sandbox.application.id}/commands", [command])
    with pytest.raises(CannotUseError, match="lacks the permissions"):
        sandbox.slash(scene.ann, scene.channel, "ask")
    sandbox.slash(scene.guild.owner, scene.channel, "ask")


async def test_six_context_menus_are_too_many(sandbox: Discord, http: Http) -> None:
    """Of each kind of context menu there are at most five."""
    menus = [{"name": f"Menu {number}", "type": 3} for number in range(6)]
    path = f"/applications/{sandbox.application.id}/commands"
    assert (await http.call("PUT", path, menus)).code == 30032
    assert len((await http.call("PUT", path, menus[:5])).body) == 5
