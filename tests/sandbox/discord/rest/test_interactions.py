"""The rules of answering interactions, over bare HTTP."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from sandbox.discord import CannotUseError
from tests.sandbox.discord.clients import gateway

if TYPE_CHECKING:
    from sandbox.discord import Discord
    from sandbox.discord.interactions import Interaction
    from tests.sandbox.discord.clients import Clock, Http, Reply, Scene


@pytest.fixture
async def used(sandbox: Discord, http: Http, scene: Scene) -> Interaction:
    """Someone has just used a command."""
    body = [{"name": "ask", "description": "Ask", "type": 1}]
    await http.call("PUT", f"/applications/{sandbox.application.id}/commands", body)
    return sandbox.slash(scene.ann, scene.channel, "ask")


async def answer(http: Http, used: Interaction, body: object, query: str = "") -> Reply:
    """Send the first answer."""
    return await http.call("POST", f"/interactions/{used.id}/{used.token}/callback{query}", body)


def webhook(used: Interaction, rest: str = "") -> str:
    """A path of the interaction's webhook."""
    return f"/webhooks/{used.event['application_id']}/{used.token}{rest}"


async def test_what_the_bot_is_told(sandbox: Discord, http: Http, used: Interaction, scene: Scene) -> None:
    """The event has member, permissions, languages, context and who installed the bot."""
    async with gateway(sandbox) as socket:
        await socket.identify(sandbox.token)
        await socket.event("GUILD_CREATE")
        sandbox.slash(scene.ann, scene.channel, "ask")
        event = await socket.event("INTERACTION_CREATE")
    assert event["data"]["name"] == "ask"
    assert event["member"]["user"]["id"] == str(scene.ann.id)
    assert int(event["member"]["permissions"])
    assert int(event["app_permissions"])
    assert (event["locale"], event["guild_locale"], event["context"]) == ("en-US", "en-US", 0)
    assert event["authorizing_integration_owners"] == {"0": str(scene.guild.id)}


async def test_three_seconds(http: Http, clock: Clock, used: Interaction) -> None:
    """After three seconds the interaction is unknown."""
    clock.now += 3.1
    reply = await answer(http, used, {"type": 5})
    assert (reply.status, reply.code) == (404, 10062)


async def test_only_once(http: Http, used: Interaction) -> None:
    """The second acknowledgement is refused."""
    assert (await answer(http, used, {"type": 5})).status == 204
    reply = await answer(http, used, {"type": 4, "data": {"content": "x"}})
    assert (reply.status, reply.code) == (400, 40060)


@pytest.mark.parametrize("kind", [1, 6, 7, 8, 99])
async def test_answers_that_do_not_fit(http: Http, used: Interaction, kind: int) -> None:
    """A command is not answered like a button or an option being typed."""
    reply = await answer(http, used, {"type": kind, "data": {}})
    assert (reply.status, reply.code) == (400, 50035)


async def test_the_answer_in_the_response(http: Http, used: Interaction) -> None:
    """With `with_response` the callback's answer has the message."""
    reply = await answer(http, used, {"type": 4, "data": {"content": "here"}}, "?with_response=true")
    assert reply.status == 200
    assert reply.body["resource"]["message"]["content"] == "here"
    assert reply.body["resource"]["message"]["interaction_metadata"]["id"] == str(used.id)
    assert reply.body["interaction"]["response_message_id"] == reply.body["resource"]["message"]["id"]


async def test_a_deferred_answer_is_no_edit(http: Http, used: Interaction) -> None:
    """Only what changes it afterwards is."""
    await answer(http, used, {"type": 5})
    original = webhook(used, "/messages/@original")
    first = await http.call("PATCH", original, {"content": "one"})
    second = await http.call("PATCH", original, {"content": "two"})
    assert first.body["edited_timestamp"] is None
    assert second.body["edited_timestamp"] is not None


async def test_the_first_followup_keeps_the_promise(http: Http, used: Interaction) -> None:
    """After a deferral the first follow-up becomes the deferred answer; the next ones are messages of their own."""
    await answer(http, used, {"type": 5, "data": {"flags": 64}})
    assert used.response is None
    first = await http.call("POST", webhook(used), {"content": "first"})
    second = await http.call("POST", webhook(used), {"content": "second"})
    assert used.response is not None
    assert first.body["id"] == str(used.response.id)
    assert first.body["flags"] == 64
    assert [message.content for message in used.followups] == ["second"]
    assert second.body["id"] != first.body["id"]


async def test_the_original_is_read_changed_and_deleted(http: Http, used: Interaction, scene: Scene) -> None:
    """The first answer is found as `@original` and by its id."""
    await answer(http, used, {"type": 4, "data": {"content": "one"}})
    assert used.response is not None
    assert (await http.call("GET", webhook(used, "/messages/@original"))).body["content"] == "one"
    by_id = webhook(used, f"/messages/{used.response.id}")
    assert (await http.call("PATCH", by_id, {"content": "two"})).body["content"] == "two"
    assert used.response.versions == ["one", "two"]
    assert (await http.call("DELETE", webhook(used, "/messages/@original"))).status == 204
    assert scene.channel.messages == []
    assert (await http.call("GET", by_id)).code == 10008


async def test_the_token_lasts_fifteen_minutes(http: Http, clock: Clock, used: Interaction) -> None:
    """A token is invalid after 15 minutes; a wrong one, and one before the first answer, is an unknown webhook."""
    assert (await http.call("POST", webhook(used), {"content": "x"})).code == 10015
    await answer(http, used, {"type": 5})
    clock.now += 15 * 60 - 1
    assert (await http.call("PATCH", webhook(used, "/messages/@original"), {"content": "x"})).status == 200
    clock.now += 2
    reply = await http.call("POST", webhook(used), {"content": "x"})
    assert (reply.status, reply.code) == (401, 50027)
    assert (await http.call("POST", f"/webhooks/{used.event['application_id']}/wrong", {})).code == 10015


async def test_a_guest_has_five_followups(sandbox: Discord, http: Http) -> None:
    """Where only the person installed the bot, the sixth follow-up is refused."""
    command = {"name": "ask", "description": "Ask", "type": 1, "integration_types": [1]}
    await http.call("PUT", f"/applications/{sandbox.application.id}/commands", [command])
    bob = sandbox.add_user("bob")
    sandbox.install_for(bob)
    used = sandbox.slash(bob, sandbox.add_group([bob]), "ask")
    await answer(http, used, {"type": 4, "data": {"content": "x"}})
    replies = [await http.call("POST", webhook(used), {"content": "x"}) for _ in range(6)]
    assert [reply.status for reply in replies] == [200] * 5 + [400]
    assert replies[5].code == 40094


async def test_a_select_menu_that_one_person_sees(
    sandbox: Discord, http: Http, used: Interaction, scene: Scene
) -> None:
    """Nobody else can choose there, and only what it offers; a program can send anything."""
    select = {"type": 3, "custom_id": "s", "options": [{"label": "One", "value": "1"}]}
    rows = [{"type": 1, "components": [select]}]
    await answer(http, used, {"type": 4, "data": {"content": "x", "flags": 64, "components": rows}})
    shown = used.response
    assert shown is not None
    assert sandbox.press(scene.ann, shown, "s", ["1"]).event["data"]["values"] == ["1"]
    with pytest.raises(CannotUseError, match="can be chosen"):
        sandbox.press(scene.ann, shown, "s", ["2"])
    with pytest.raises(CannotUseError, match="too many or too few"):
        sandbox.press(scene.ann, shown, "s", [])
    bob = sandbox.add_user("bob")
    sandbox.add_member(scene.guild, bob)
    with pytest.raises(CannotUseError, match="does not see"):
        sandbox.press(bob, shown, "s", ["1"])
    assert sandbox.forge(scene.ann, shown, "x", ["2"]).event["data"]["component_type"] == 3
    assert (await http.call("GET", f"/channels/{scene.channel.id}/messages/{shown.id}")).code == 10008


async def test_forms_and_updates_have_their_places(
    sandbox: Discord, http: Http, used: Interaction, scene: Scene
) -> None:
    """A form comes first and never after a form; what was pressed can be updated, a command can't."""
    text = {"type": 18, "label": "l", "component": {"type": 4, "style": 2, "custom_id": "q"}}
    form = {"type": 9, "data": {"title": "t", "custom_id": "f", "components": [text]}}
    too_long = {"type": 9, "data": {"title": "t" * 46, "custom_id": "f", "components": [text]}}
    assert (await answer(http, used, too_long)).code == 50035
    assert (await answer(http, used, form)).status == 204
    assert (await answer(http, used, form)).code == 40060
    sent = sandbox.submit(used, {"q": "why?"})
    assert (await answer(http, sent, form)).code == 50035
    assert (await answer(http, sent, {"type": 6})).code == 50035
    button = {"type": 2, "style": 1, "label": "b", "custom_id": "b"}
    rows = [{"type": 1, "components": [button]}]
    assert (await answer(http, sent, {"type": 4, "data": {"content": "x", "components": rows}})).status == 204
    assert sent.response is not None
    pressed = sandbox.press(scene.ann, sent.response, "b")
    assert (await answer(http, pressed, form)).status == 204
    from_button = sandbox.submit(pressed, {"q": "why?"})
    assert (await answer(http, from_button, {"type": 6})).status == 204
