"""What the phone on the page can do, and which troubles it can make."""

import base64
from typing import Any

import pytest

from infra.sandbox.box import Sandbox
from infra.sandbox.clouds import ADA, MIRA
from infra.sandbox.phone_actions import PhoneActions
from infra.sandbox.troubles import Troubles
from infra.sandbox.views import phone_view
from infra.sandbox.whatsapp import Problem
from infra.sandbox.wire import Fields, MalformedError
from tests.infra.conftest import Api, Clouds, Endpoint, Page
from tests.infra.test_whatsapp import text
from tests.infra.test_whatsapp_kinds import BUTTONS, GOOD, LIST, send

KINDS = "photo drawing video voice document sticker animated location card poll once order form forwarded ad large"


async def do(clouds: Clouds, verb: str, **said: object) -> Any:
    return await PhoneActions(clouds).verbs[verb](Fields({"contact": ADA.user_id} | said))


def shown(clouds: Clouds) -> list[dict[str, Any]]:
    return phone_view(clouds)["contacts"][0]["messages"]


@pytest.mark.parametrize("kind", [*KINDS.split(), "welcome", "unknown"])
async def test_every_button_of_the_menu_sends_one_message(clouds: Clouds, endpoint: Endpoint, kind: str) -> None:
    """A kind that newcomers cannot try is one they will ask about."""
    answer = await do(clouds, "send", kind=kind)
    assert [message["id"] for message in endpoint.values[0]["messages"]] == [answer["id"]]
    assert [message["id"] for message in shown(clouds)] == [answer["id"]]
    with pytest.raises(MalformedError):
        await do(clouds, "send", kind="telegram")


async def test_a_file_of_ones_own_is_sent_as_what_it_is(clouds: Clouds, endpoint: Endpoint) -> None:
    """The best test is one's own photograph."""
    data = base64.b64encode(b"PK\x03\x04").decode()
    await do(clouds, "send", kind="file", data=data, name="plan.zip", mime_type="application/zip", caption="see")
    told = endpoint.values[0]["messages"][0]["document"]
    assert (told["filename"], told["caption"], told["mime_type"]) == ("plan.zip", "see", "application/zip")
    assert clouds.whatsapp.media.content(told["id"]) == b"PK\x03\x04"


async def test_ones_own_messages_can_be_edited_and_deleted_and_others_only_reacted_to(
    clouds: Clouds, endpoint: Endpoint, api: Api
) -> None:
    """What stands on the page must be what WhatsApp would allow."""
    mine = (await do(clouds, "say", text="helo"))["id"]
    await do(clouds, "edit", message=mine, text="hello")
    await api.whatsapp(text("answer"))
    theirs = shown(clouds)[-1]["id"]
    await do(clouds, "react", message=theirs, emoji="👍")
    with pytest.raises(PermissionError):
        await do(clouds, "delete", message=theirs)
    await do(clouds, "delete", message=mine)
    first, last = shown(clouds)
    assert (first["edited"], first["deleted"], first["body"]) == (True, True, None)
    assert last["reaction"] == "👍"


@pytest.mark.parametrize(
    ("body", "choice", "title"),
    [
        (send("interactive", BUTTONS), "y", "Yes"),
        (send("interactive", LIST), "3", "Row 3"),
        (send("template", GOOD), "Yes, please", "Yes, please"),
    ],
)
async def test_buttons_lists_and_quick_replies_can_be_tapped(
    clouds: Clouds, endpoint: Endpoint, api: Api, body: dict[str, Any], choice: str, title: str
) -> None:
    """An offer of choices that nobody can choose from shows half of the story."""
    await clouds.whatsapp.say(ADA.user_id, "hello")
    await api.whatsapp(body)
    offered = shown(clouds)[-1]["id"]
    await do(clouds, "tap", message=offered, choice=choice)
    told = [value["messages"][0] for value in endpoint.values if "messages" in value][-1]
    assert told["context"]["id"] == offered
    assert shown(clouds)[-1]["text"] == title
    with pytest.raises(LookupError):
        await do(clouds, "tap", message=offered, choice="nothing of it")


async def test_a_new_number_keeps_the_chat_on_the_page(clouds: Clouds, endpoint: Endpoint) -> None:
    """The person is the same; that is exactly what the bridge may not assume."""
    await do(clouds, "say", text="hello")
    number = (await do(clouds, "number"))["number"]
    ada = phone_view(clouds)["contacts"][0]
    assert (ada["id"], ada["number"], len(ada["messages"])) == (ADA.user_id, number, 1)
    assert (await do(clouds, "number", contact=MIRA.user_id))["number"] is None
    await do(clouds, "identity")
    await do(clouds, "call", missed=False)
    await do(clouds, "marketing", wanted=False)
    assert endpoint.values[-1]["user_preferences"][0]["value"] == "stop"


async def test_troubles_can_be_made_by_button_and_all_made_well(clouds: Clouds, endpoint: Endpoint, api: Api) -> None:
    """Each code of the table is one click away."""
    heard: list[bool] = []
    troubles = Troubles(clouds, lambda: heard.append(True))
    await troubles.fail(Fields({"code": 131056}))
    assert (await api.whatsapp(text())).body["error"]["code"] == 131056
    await troubles.fail(Fields({"code": 131049, "place": "status", "all": True}))
    assert clouds.whatsapp.faults.fail_all == Problem(code=131049)
    for name in troubles.view()["switches"]:
        await troubles.switch(Fields({"name": name, "on": True}))
    assert all(troubles.view()["switches"].values())
    await troubles.clear(Fields({}))
    assert [name for name, is_on in troubles.view()["switches"].items() if is_on] == ["limits"]
    assert troubles.view()["every_message"] is None
    assert len(heard) == 3 + len(troubles.view()["switches"])
    with pytest.raises(MalformedError):
        await troubles.fail(Fields({"code": 7}))


async def test_the_page_gets_files_that_a_browser_may_show_and_saves_the_others(page: Page, box: Sandbox) -> None:
    """A contact's HTML must never run under our own address."""
    whatsapp = box.clouds.whatsapp
    await whatsapp.send_media(ADA.user_id, "image", b"<script>", "image/png")
    await whatsapp.send_media(ADA.user_id, "document", b"<script>", "text/html")
    served: list[tuple[str, str | None]] = []
    for message in whatsapp.chat(ADA.user_id):
        assert message.content is not None
        asset = message.content[message.kind]["id"]
        async with page.session.get(f"{page.url}/api/media/{asset}") as response:
            served.append((response.content_type, response.headers.get("Content-Disposition")))
            assert response.headers["X-Content-Type-Options"] == "nosniff"
    assert served == [("image/png", None), ("application/octet-stream", "attachment")]
    assert (await page.get("/api/media/1"))[0] == 404
