"""What a bot may rely on when it was tested against the Teams stand-in."""

import asyncio
import base64
import json
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import quote

import aiohttp
import jwt
import pytest

from infra.sandbox.clouds import ADMIN, CLIENTS, MARC, NINA, OLIVIA, RUTH, TEAM, Clouds
from infra.sandbox.entra import BOT_SCOPE, GRAPH_SCOPE
from infra.sandbox.teams import Problem
from infra.sandbox.teams.errors import RefusedError
from infra.sandbox.teams.limits import RateLimit
from infra.sandbox.teams.requests import check_size
from tests.infra.conftest import Api, Clock, Endpoint

CARD_TYPE = "application/vnd.microsoft.card.adaptive"


def message(text: str = "hello", **overrides: object) -> dict[str, Any]:
    return {"type": "message", "text": text} | overrides


def card(*actions: dict[str, Any], text: str = "a card") -> dict[str, Any]:
    content = {
        "type": "AdaptiveCard",
        "version": "1.5",
        "body": [{"type": "TextBlock", "text": text}],
        "actions": list(actions),
    }
    return {"type": "message", "attachments": [{"contentType": CARD_TYPE, "content": content}]}


def execute(verb: str, **data: object) -> dict[str, Any]:
    return {"type": "Action.Execute", "title": verb, "verb": verb, "data": data}


def path(conversation: str, *rest: str) -> str:
    return "/".join(["v3/conversations", quote(conversation, safe=""), *rest])


async def test_a_message_is_told_as_teams_tells_it(clouds: Clouds, endpoint: Endpoint) -> None:
    """Bots read ids, tenants and mentions from these places and nowhere else."""
    post_id = await clouds.teams.say(MARC, CLIENTS, "please call @Ruth Meier <now>")
    activity = endpoint.json[0]
    ruth = RUTH.id_for(clouds.entra.client_id)
    assert activity["id"] == post_id
    assert (activity["type"], activity["channelId"]) == ("message", "msteams")
    assert activity["conversation"] == {
        "id": f"{CLIENTS.id};messageid={post_id}",
        "conversationType": "channel",
        "tenantId": clouds.entra.tenant_id,
        "isGroup": True,
    }
    assert activity["channelData"]["team"] == {"id": TEAM.id}
    assert activity["channelData"]["tenant"] == {"id": clouds.entra.tenant_id}
    assert activity["from"]["aadObjectId"] == MARC.aad_object_id
    assert activity["recipient"]["id"] == f"28:{clouds.entra.client_id}"
    assert activity["text"] == "<at>Waybill</at> please call <at>Ruth Meier</at> <now>"
    mentioned = [entity["mentioned"] for entity in activity["entities"] if entity["type"] == "mention"]
    assert mentioned == [activity["recipient"], {"id": ruth, "name": "Ruth Meier"}]
    assert "&lt;now&gt;" in activity["attachments"][0]["content"]
    assert datetime.fromisoformat(activity["localTimestamp"]) == datetime.fromisoformat(activity["timestamp"])


async def test_an_activity_carries_a_token_made_for_this_bot(clouds: Clouds, endpoint: Endpoint) -> None:
    """The gate of the service is only tested if true tokens pass it."""
    await clouds.teams.say(MARC, CLIENTS, "hello")
    token = endpoint.headers[0]["Authorization"].removeprefix("Bearer ")
    claims = jwt.decode(
        token,
        clouds.entra.signing_key.private.public_key(),
        algorithms=["RS256"],
        audience=clouds.entra.client_id,
        options={"verify_exp": False, "verify_nbf": False},
    )
    assert claims["serviceurl"] == endpoint.json[0]["serviceUrl"]
    assert claims["iss"] == "https://api.botframework.com"


async def test_a_reply_names_its_thread_in_the_conversation_id(clouds: Clouds, endpoint: Endpoint) -> None:
    """Only the conversation id routes a reply, in both directions."""
    root = await clouds.teams.say(MARC, CLIENTS, "first")
    reply = await clouds.teams.say(RUTH, CLIENTS, "second", thread=root)
    assert endpoint.json[1]["conversation"]["id"] == f"{CLIENTS.id};messageid={root}"
    assert [post.id for post in clouds.teams.thread(root)] == [root, reply]
    with pytest.raises(LookupError):
        await clouds.teams.say(RUTH, CLIENTS, "nowhere", thread="1")


@pytest.mark.parametrize("granted", [True, False])
async def test_plain_text_reaches_the_bot_only_with_the_teams_consent(
    clouds: Clouds, endpoint: Endpoint, granted: bool
) -> None:
    """Without the resource-specific permission a bot hears mentions only."""
    clouds.teams.reads_all_messages = granted
    await clouds.teams.say(MARC, CLIENTS, "internal", mention=False)
    await clouds.teams.say(MARC, CLIENTS, "@Waybill addressed", mention=False)
    assert len(endpoint.bodies) == (2 if granted else 1)
    assert len(clouds.teams.channel(CLIENTS)) == 2


async def test_a_personal_message_needs_no_mention(clouds: Clouds, endpoint: Endpoint) -> None:
    """Administrators talk to the bot alone, too."""
    await clouds.teams.say(OLIVIA, None, "help")
    conversation = endpoint.json[0]["conversation"]
    assert (conversation["conversationType"], "isGroup" in conversation) == ("personal", False)
    assert "team" not in endpoint.json[0]["channelData"]
    assert [post.text for post in clouds.teams.chat(OLIVIA)] == ["help"]


async def test_an_unacknowledged_activity_is_sent_again_unchanged(clouds: Clouds, endpoint: Endpoint) -> None:
    """The service must recognise the repeat by its id."""
    endpoint.statuses = [503, 500, 202]
    await clouds.teams.say(MARC, CLIENTS, "hello")
    await clouds.teams.idle()
    assert len(endpoint.bodies) == 3
    assert len(set(endpoint.bodies)) == 1
    assert clouds.teams.refused == []


async def test_a_refused_activity_is_not_repeated_but_noted(clouds: Clouds, endpoint: Endpoint) -> None:
    """A test that forgot to grant something must be able to see why nothing happened."""
    endpoint.statuses = [403]
    post_id = await clouds.teams.say(MARC, CLIENTS, "hello")
    await clouds.teams.idle()
    assert len(endpoint.bodies) == 1
    assert [(refused.activity_id, refused.status) for refused in clouds.teams.refused] == [(post_id, 403)]


async def test_the_bot_begins_a_thread_and_replies_in_it(clouds: Clouds, api: Api) -> None:
    """One thread per contact rests on these two calls."""
    begun = await api.new_thread(message("root"))
    assert begun.status == 201
    root = begun.body["activityId"]
    assert begun.body["id"] == f"{CLIENTS.id};messageid={root}"
    reply = await api.connector("POST", path(begun.body["id"], "activities"), message("reply"))
    assert reply.status == 201
    astray = await api.connector("POST", path(CLIENTS.id, "activities", root), message("not a reply"))
    assert [post.text for post in clouds.teams.thread(root)] == ["root", "reply"]
    assert [post.text for post in clouds.teams.thread(astray.body["id"])] == ["not a reply"]


async def test_the_bot_opens_a_personal_chat(clouds: Clouds, api: Api) -> None:
    """Answers with personal data go there."""
    members = [{"id": OLIVIA.id_for(clouds.entra.client_id)}]
    opened = await api.new_thread(message("psst"), members=members, isGroup=False)
    await api.connector("POST", path(opened.body["id"], "activities"), message("again"))
    assert [post.text for post in clouds.teams.chat(OLIVIA)] == ["psst", "again"]
    stranger = await api.new_thread(message("psst"), members=[{"id": "29:nobody"}])
    assert stranger.body["error"]["code"] == "BotNotInConversationRoster"


async def test_the_bot_edits_and_deletes_only_its_own_posts(clouds: Clouds, endpoint: Endpoint, api: Api) -> None:
    """Receipts are edits; nobody else's words may be touched."""
    theirs = await clouds.teams.say(MARC, CLIENTS, "mine")
    ours = (await api.new_thread(message("v1"))).body
    edited = await api.connector("PUT", path(ours["id"], "activities", ours["activityId"]), message("v2"))
    assert edited.status == 200
    post = clouds.teams.thread(ours["activityId"])[0]
    assert (post.text, post.edits) == ("v2", 1)
    refused = await api.connector("PUT", path(CLIENTS.id, "activities", theirs), message("forged"))
    assert (refused.status, refused.body["error"]["code"]) == (403, "NotEnoughPermissions")
    deletion = path(ours["id"], "activities", ours["activityId"])
    assert (await api.connector("DELETE", deletion)).status == 200
    assert clouds.teams.thread(ours["activityId"])[0].deleted
    assert (await api.connector("DELETE", deletion)).body["error"]["code"] == "ActivityNotFoundInConversation"


async def test_text_with_a_card_is_split_and_no_id_comes_back(clouds: Clouds, api: Api) -> None:
    """The real service does this; who needs the id must send them separately."""
    answer = await api.connector("POST", path(CLIENTS.id, "activities"), card() | {"text": "words"})
    assert answer.body == {}
    assert [[post.words for post in thread] for thread in clouds.teams.channel(CLIENTS)] == [["words", "\na card"]]


@pytest.mark.parametrize(
    "activity",
    [
        {"type": "event"},
        {"type": "message"},
        message(textFormat="html"),
        message(entities=[{"type": "mention", "mentioned": {"id": "29:1"}, "text": "<at>Ruth</at>"}]),
        {"type": "message", "attachments": [{"contentType": CARD_TYPE, "content": {"type": "Card", "version": "1.5"}}]},
        {
            "type": "message",
            "attachments": [{"contentType": CARD_TYPE, "content": {"type": "AdaptiveCard", "version": "9.0"}}],
        },
    ],
)
async def test_a_malformed_activity_is_refused(clouds: Clouds, api: Api, activity: dict[str, Any]) -> None:
    """What Teams would swallow or mangle must fail in a test."""
    reply = await api.connector("POST", path(CLIENTS.id, "activities"), activity)
    assert (reply.status, reply.body["error"]["code"]) == (400, "BadArgument")
    assert clouds.teams.channel(CLIENTS) == []


def test_an_inline_picture_has_a_limit_of_its_own() -> None:
    """The bot would send small pictures only, or learn of the limit in production."""

    def body(size: int) -> bytes:
        return b'{"contentUrl":"data:image/png;base64,%s"}' % base64.b64encode(bytes(size))

    check_size(body(1024 * 1024))
    with pytest.raises(RefusedError):
        check_size(body(1024 * 1024 + 3))


@pytest.mark.parametrize(("letters", "status"), [(50_000, 201), (52_000, 413)])
async def test_a_message_is_limited_to_100_kb_as_utf16(api: Api, letters: int, status: int) -> None:
    """Counting characters or UTF-8 bytes instead lets long cards through until the day they are refused."""
    assert (await api.connector("POST", path(CLIENTS.id, "activities"), message("x" * letters))).status == status


@pytest.mark.parametrize(
    ("conversation", "installed", "code"),
    [
        ("19:elsewhere@thread.tacv2", True, "ConversationNotFound"),
        (f"{CLIENTS.id};messageid=1", True, "ConversationNotFound"),
        (CLIENTS.id, False, "BotNotInConversationRoster"),
    ],
)
async def test_posting_where_the_bot_is_not_is_refused(
    clouds: Clouds, api: Api, conversation: str, installed: bool, code: str
) -> None:
    """Removed bots and deleted channels are how relays break in practice."""
    clouds.teams.is_installed = installed
    assert (await api.connector("POST", path(conversation, "activities"), message())).body["error"]["code"] == code


async def test_only_a_valid_token_for_the_connector_opens_it(clouds: Clouds, api: Api, clock: Clock) -> None:
    """A token for another API, an expired or an invented one must not pass."""
    url, token = path(CLIENTS.id, "activities"), clouds.entra.issue(BOT_SCOPE)
    for wrong in ("invented", clouds.entra.issue(GRAPH_SCOPE)):
        assert (await api.connector("POST", url, message(), token=wrong)).status == 401
    assert (await api.connector("POST", url, message(), token=token)).status == 201
    clock.advance(timedelta(hours=1))
    assert (await api.connector("POST", url, message(), token=token)).status == 401


async def test_a_dropped_response_leaves_the_post_standing(clouds: Clouds, api: Api) -> None:
    """The bot must find out by reading back, not by posting again."""
    clouds.teams.faults.drop_next_response()
    with pytest.raises(aiohttp.ClientConnectionError):
        await api.new_thread(message("once"))
    assert [thread[0].text for thread in clouds.teams.channel(CLIENTS)] == ["once"]


async def test_faults_refuse_without_posting(clouds: Clouds, api: Api) -> None:
    """A retry after a refusal must not double a post, so the stand-in must not have kept the first."""
    faults, url = clouds.teams.faults, path(CLIENTS.id, "activities")
    faults.fail_next(Problem(status=412, code="PreconditionFailed"))
    assert (await api.connector("POST", url, message())).status == 412
    faults.throttled = True
    throttled = await api.connector("POST", url, message())
    assert (throttled.status, throttled.headers["Retry-After"]) == (429, "1")
    faults.throttled, faults.unavailable = False, True
    assert (await api.connector("POST", url, message())).status == 503
    faults.unavailable = False
    assert clouds.teams.channel(CLIENTS) == []
    hold = faults.hold()
    async with asyncio.TaskGroup() as group:
        posting = group.create_task(api.connector("POST", url, message()))
        await hold.reached()
        assert clouds.teams.channel(CLIENTS) == []
        hold.release()
    assert posting.result().status == 201


async def test_the_eighth_post_in_a_second_is_throttled_when_limits_are_on(
    clouds: Clouds, api: Api, clock: Clock
) -> None:
    """Bursts of WhatsApp lines must be paced; 7 in a second is what one thread bears."""
    clouds.teams.rate_limit = RateLimit()
    url = path(CLIENTS.id, "activities")
    statuses = [(await api.connector("POST", url, message())).status for _ in range(8)]
    assert statuses == [201] * 7 + [429]
    clock.advance(timedelta(seconds=1))
    assert (await api.connector("POST", url, message())).status == 201
    assert (await api.connector("POST", url, message())).status == 429
    assert (await api.connector("POST", path(ADMIN.id, "activities"), message())).status == 201


async def test_members_team_and_channels_can_be_read(clouds: Clouds, api: Api) -> None:
    """Mentions name people by an id that only the roster resolves."""
    everyone = await api.connector("GET", path(CLIENTS.id, "members"))
    assert [member["aadObjectId"] for member in everyone.body] == [
        person.aad_object_id for person in clouds.teams.people
    ]
    first = await api.connector("GET", path(CLIENTS.id, "pagedmembers?pageSize=3"))
    rest = await api.connector(
        "GET", path(CLIENTS.id, f"pagedmembers?continuationToken={first.body['continuationToken']}")
    )
    assert first.body["members"] + rest.body["members"] == everyone.body
    ruth = RUTH.id_for(clouds.entra.client_id)
    assert (await api.connector("GET", path(CLIENTS.id, "members", quote(ruth)))).body["name"] == "Ruth Meier"
    assert (await api.connector("GET", path(CLIENTS.id, "members", "29:x"))).status == 404
    assert (await api.connector("GET", f"v3/teams/{quote(TEAM.id)}")).body["aadGroupId"] == TEAM.aad_group_id
    listed = (await api.connector("GET", f"v3/teams/{quote(TEAM.id)}/conversations")).body["conversations"]
    assert [channel["name"] for channel in listed] == ["Clients", "Waybill admin"]


async def test_pressing_a_button_invokes_the_bot_and_shows_the_returned_card(
    clouds: Clouds, endpoint: Endpoint, api: Api
) -> None:
    """Cards are how people approve, undo and reply."""
    posted = await api.new_thread(card(execute("undo", ref=7, by="a"), execute("undo", ref=8, by="b")))
    endpoint.answer = lambda _: {
        "statusCode": 200,
        "type": CARD_TYPE,
        "value": card(text="done")["attachments"][0]["content"],
    }
    answer = await clouds.teams.press(MARC, posted.body["activityId"], "undo", {"ref": 8, "why": "typo"})
    invoke = endpoint.of_type("invoke")[0]
    assert (invoke["name"], invoke["replyToId"]) == ("adaptiveCard/action", posted.body["activityId"])
    assert invoke["value"]["action"]["data"] == {"ref": 8, "by": "b", "why": "typo"}
    assert answer.card is not None
    assert clouds.teams.thread(posted.body["activityId"])[0].words == "\ndone"
    with pytest.raises(LookupError):
        await clouds.teams.press(MARC, posted.body["activityId"], "undo")


async def test_a_message_answer_leaves_the_card_as_it_was(clouds: Clouds, endpoint: Endpoint, api: Api) -> None:
    """Refusals are said to the person who pressed, and change nothing for the others."""
    posted = await api.new_thread(card(execute("approve")))
    endpoint.answer = lambda _: {
        "statusCode": 200,
        "type": "application/vnd.microsoft.activity.message",
        "value": "Only compliance may do that.",
    }
    answer = await clouds.teams.press(NINA, posted.body["activityId"], "approve")
    assert (answer.card, answer.message) == (None, "Only compliance may do that.")
    assert clouds.teams.thread(posted.body["activityId"])[0].edits == 0


async def test_edits_and_deletions_by_people_are_told(clouds: Clouds, endpoint: Endpoint) -> None:
    """What staff change after the fact must reach the archive."""
    post_id = await clouds.teams.say(MARC, CLIENTS, "first")
    await clouds.teams.edit(MARC, post_id, "second")
    await clouds.teams.delete(MARC, post_id)
    update, deletion = endpoint.of_type("messageUpdate")[0], endpoint.of_type("messageDelete")[0]
    assert (update["id"], update["channelData"]["eventType"]) == (post_id, "editMessage")
    assert update["text"].endswith("second")
    assert (deletion["id"], deletion["channelData"]["eventType"]) == (post_id, "softDeleteMessage")
    assert "text" not in deletion
    with pytest.raises(PermissionError):
        await clouds.teams.delete(RUTH, post_id)


async def test_only_installation_tells_the_groups_guid(clouds: Clouds, endpoint: Endpoint) -> None:
    """Graph needs that GUID, and ordinary messages never carry it."""
    await clouds.teams.install(OLIVIA, ADMIN)
    installed, joined = endpoint.json
    assert (installed["type"], installed["action"]) == ("installationUpdate", "add")
    assert installed["conversation"]["id"] == ADMIN.id
    assert joined["membersAdded"][0]["id"] == clouds.teams.bot.id
    assert {body["channelData"]["team"]["aadGroupId"] for body in (installed, joined)} == {TEAM.aad_group_id}


async def test_graph_shows_threads_newest_first_with_authors_and_cards(
    clouds: Clouds, endpoint: Endpoint, api: Api
) -> None:
    """After a lost answer this is where the bot looks for its own post."""
    root = await clouds.teams.say(MARC, CLIENTS, "question")
    await api.connector("POST", path(f"{CLIENTS.id};messageid={root}", "activities"), card(text="ref-1"))
    await api.new_thread(message("another"))
    url = f"{clouds.teams.base_url}/v1.0/teams/{TEAM.aad_group_id}/channels/{quote(CLIENTS.id)}/messages"
    headers = {"Authorization": f"Bearer {clouds.entra.issue(GRAPH_SCOPE)}"}
    page = (await api.call("GET", url + "?$top=1", headers=headers)).body
    following = (await api.call("GET", page["@odata.nextLink"], headers=headers)).body
    assert [item["body"]["content"] for item in page["value"]] == ["another"]
    assert following["value"][0]["from"]["user"]["id"] == MARC.aad_object_id
    replies = (await api.call("GET", f"{url}/{root}/replies", headers=headers)).body["value"]
    assert replies[0]["from"]["application"]["id"] == clouds.entra.client_id
    assert "ref-1" in replies[0]["attachments"][0]["content"]
    wrong_team = url.replace(TEAM.aad_group_id, quote(TEAM.id))
    assert (await api.call("GET", wrong_team, headers=headers)).status == 404
    wrong_token = {"Authorization": f"Bearer {clouds.entra.issue(BOT_SCOPE)}"}
    assert (await api.call("GET", url, headers=wrong_token)).status == 401


async def test_channels_survive_a_restart_of_the_stand_in(clouds: Clouds, endpoint: Endpoint, api: Api) -> None:
    """The service remembers thread ids; they must still exist after the sandbox was restarted."""
    await clouds.teams.say(MARC, CLIENTS, "question")
    await api.new_thread(card())
    async with Clouds(clock=clouds.clock) as later:
        later.teams.restore(clouds.teams.snapshot())
        assert later.teams.channel(CLIENTS) == clouds.teams.channel(CLIENTS)


async def test_what_the_composer_makes_of_marks_lists_and_code(clouds: Clouds, endpoint: Endpoint) -> None:
    """The bridge reads Teams' HTML; a stand-in that sends none of it would test nothing."""
    typed = "**now**, @Ruth Meier:\n- _one_\n- two\n> said\n```\na < b\n```"
    await clouds.teams.say(MARC, CLIENTS, typed, mention=False, is_styled=True)
    html = endpoint.of_type("message")[0]["attachments"][0]["content"]
    assert html.startswith("<p><strong>now</strong>, <span itemscope")
    assert "<ul><li><em>one</em></li><li>two</li></ul><blockquote>said</blockquote>" in html
    assert html.endswith('<codeblock class=""><code>a &lt; b</code></codeblock>')
    await clouds.teams.say(MARC, CLIENTS, "2 ** 3 ** 4", mention=False)
    assert "2 ** 3 ** 4" in endpoint.of_type("message")[1]["attachments"][0]["content"]


async def test_a_quoted_reply_carries_the_quoted_post_twice(clouds: Clouds, endpoint: Endpoint) -> None:
    """Once for people and once for programs: whoever reads only the words would pass the quotation on."""
    remark = await clouds.teams.say(RUTH, CLIENTS, "do not tell her <yet>", mention=False)
    await clouds.teams.say(MARC, CLIENTS, "yes", thread=remark, quotes=remark)
    reference, page = endpoint.of_type("message")[-1]["attachments"]
    assert (reference["contentType"], reference["id"]) == ("messageReference", remark)
    assert json.loads(reference["content"])["messagePreview"] == "do not tell her <yet>"
    assert page["content"].startswith('<blockquote itemscope="" itemtype="http://schema.skype.com/Reply"')
    assert "do not tell her &lt;yet&gt;</p></blockquote>" in page["content"]


async def test_a_reaction_is_replaced_by_another_and_taken_back_by_the_same(clouds: Clouds, endpoint: Endpoint) -> None:
    """Teams tells both halves of a change; a reader of only the first would count thumbs that are gone."""
    post = await clouds.teams.say(RUTH, CLIENTS, "hello", mention=False)
    for kind in ("like", "heart", "heart"):
        await clouds.teams.react(MARC, post, kind)
    told = endpoint.of_type("messageReaction")
    added = [change["type"] for activity in told for change in activity.get("reactionsAdded", [])]
    removed = [change["type"] for activity in told for change in activity.get("reactionsRemoved", [])]
    assert (added, removed) == (["like", "heart"], ["like", "heart"])
    assert clouds.teams.find(post)[1].reactions == {}
