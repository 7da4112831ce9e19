"""What a bot may rely on when files and pictures in people's messages are stand-ins' too."""

import base64
from typing import Any
from urllib.parse import quote

from infra.sandbox.clouds import CLIENTS, MARC, TEAM, Clouds
from infra.sandbox.entra import BOT_SCOPE, GRAPH_SCOPE
from infra.sandbox.teams import Problem
from tests.infra.conftest import Api, Endpoint, Reply


async def graph(api: Api, path: str, *, scope: str = GRAPH_SCOPE, **options: Any) -> Reply:
    headers = {"Authorization": f"Bearer {api.clouds.entra.issue(scope)}"}
    return await api.call("GET", f"{api.clouds.teams.base_url}/v1.0/{path}", headers=headers, **options)


def message(root: str, reply: str) -> str:
    return f"teams/{TEAM.aad_group_id}/channels/{quote(CLIENTS.id, safe='')}/messages/{root}/replies/{reply}"


def shared(address: str) -> str:
    return "u!" + base64.urlsafe_b64encode(address.encode()).decode().rstrip("=")


async def replied(clouds: Clouds, **enclosed: Any) -> tuple[str, str]:
    root = await clouds.teams.say(MARC, CLIENTS, "a thread")
    return root, await clouds.teams.say(MARC, CLIENTS, "here it is", thread=root, **enclosed)


async def test_a_bot_hears_of_a_file_in_a_channel_by_its_tag_only(clouds: Clouds, endpoint: Endpoint):
    """Bots that wait for an attachment never see one; msteams-docs#1470."""
    await replied(clouds, files={"offer.pdf": b"%PDF-1.7"})
    activity = endpoint.json[-1]
    assert [item["contentType"] for item in activity["attachments"]] == ["text/html"]
    assert "<attachment id=" in activity["attachments"][0]["content"]


async def test_graph_names_a_replys_files_and_hands_their_bytes_out(clouds: Clouds, endpoint: Endpoint, api: Api):
    """The one way to a file in a channel: message, shared address, address without a token."""
    root, reply = await replied(clouds, files={"Offer für Ada.pdf": b"%PDF-1.7"})
    said = (await graph(api, message(root, reply))).body
    [reference] = said["attachments"]
    assert (reference["contentType"], reference["name"]) == ("reference", "Offer für Ada.pdf")
    assert f'<attachment id="{reference["id"]}">' in said["body"]["content"]
    content = f"shares/{shared(reference['contentUrl'])}/driveItem/content"
    away = await graph(api, content, allow_redirects=False)
    assert away.status == 302
    address = away.headers["Location"]
    assert (await api.call("GET", address)).body == b"%PDF-1.7"
    assert (await api.call("GET", address, headers={"Authorization": "Bearer x"})).status == 401
    assert (await graph(api, content, scope=BOT_SCOPE)).status == 401
    assert (await graph(api, f"shares/{shared('https://elsewhere.example/x')}/driveItem/content")).status == 404


async def test_a_reply_is_not_found_as_a_post_of_its_own(clouds: Clouds, endpoint: Endpoint, api: Api):
    """openclaw#90733: whoever asks for the wrong message is given the wrong file."""
    root, reply = await replied(clouds, files={"a.pdf": b"%PDF-1.7"})
    assert (await graph(api, message(reply, reply))).status == 404
    assert (await graph(api, message(root, root))).status == 404


async def test_a_pasted_picture_is_at_the_connector_and_among_the_hosted_contents(
    clouds: Clouds, endpoint: Endpoint, api: Api
):
    """Two addresses with two tokens: one of them fails now and then (botbuilder-js#4887)."""
    root, reply = await replied(clouds, pictures=[b"\x89PNG one"])
    picture, _ = endpoint.json[-1]["attachments"]
    assert picture["contentType"] == "image/*"
    view = picture["contentUrl"].removeprefix(clouds.teams.service_url)
    clouds.teams.drive.view_problems.append(Problem(status=403, code="Forbidden"))
    assert (await api.connector("GET", view)).status == 403
    assert (await api.connector("GET", view)).body == b"\x89PNG one"
    body = (await graph(api, message(root, reply))).body["body"]["content"]
    hosted = body.partition('src="')[2].partition('"')[0].removeprefix(f"{clouds.teams.base_url}/v1.0/")
    assert (await graph(api, hosted)).body == b"\x89PNG one"
    assert (await graph(api, hosted.replace(f"/replies/{reply}", ""))).status == 404


async def test_in_some_channels_a_picture_is_a_tag_and_nothing_more(clouds: Clouds, endpoint: Endpoint):
    """Reports contradict each other; a bot has to work in both kinds of channel."""
    clouds.teams.tells_pictures = False
    await replied(clouds, pictures=[b"\x89PNG one"])
    [html] = endpoint.json[-1]["attachments"]
    assert "<img" in html["content"]
