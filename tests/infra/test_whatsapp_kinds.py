"""What a bridge may rely on about kinds: everything a contact can send, and everything the business may."""

from collections.abc import Callable
from typing import Any

import pytest

from infra.sandbox.clouds import ADA, MIRA, Clouds
from infra.sandbox.whatsapp import contents, proof
from infra.sandbox.whatsapp.bodies import READERS
from infra.sandbox.wire import JsonObject
from tests.infra.conftest import Api, Endpoint, Reply
from tests.infra.test_whatsapp import text

TEXT = contents.text("hello")
SENT: list[tuple[JsonObject, str]] = [
    (contents.location(51.5, -0.12, name="Office"), "Office"),
    (contents.location(51.5, -0.12), "51.5, -0.12"),
    (contents.card("Bo Lind", "+44 7700 900003", org="Lind Ltd"), "Bo Lind"),
    (contents.shared_number("447700900001"), "+447700900001"),
    (contents.button_reply("yes", "Yes"), "Yes"),
    (contents.list_reply("a", "First", "of all"), "First"),
    (contents.form_reply({"q1": "yes"}), "Sent"),
    (contents.template_button("Yes, please", "yes"), "Yes, please"),
    (contents.order("77", [("sku", 2, 9.5, "GBP")]), "[order]"),
    (contents.unsupported("poll_creation"), "[unsupported]"),
    (contents.too_large(), "[document]"),
    (contents.welcome(), "[request_welcome]"),
    (contents.forwarded(TEXT, often=True), "hello"),
    (contents.through_ad(TEXT), "hello"),
    (contents.about_product(TEXT, "77", "sku"), "hello"),
    ({"type": "text", "text": {"body": "in a group"}, "group_id": "G1"}, "in a group"),
    ({"type": "hologram", "hologram": {"depth": 3}}, "[hologram]"),
]


@pytest.mark.parametrize(("content", "shown"), SENT)
async def test_whatever_a_contact_sends_stands_on_the_phone_and_in_the_webhook(
    clouds: Clouds, endpoint: Endpoint, content: JsonObject, shown: str
) -> None:
    """A kind that cannot be sent here is one that nobody has seen arrive."""
    wamid = await clouds.whatsapp.send(ADA.user_id, content)
    told = endpoint.values[0]["messages"][0]
    assert {name: told[name] for name in content} == content
    assert (told["id"], told["from"]) == (wamid, ADA.wa_id)
    assert [message.text for message in clouds.whatsapp.chat(ADA.user_id)] == [shown]


@pytest.mark.parametrize("is_coexistence", [True, False])
async def test_edits_and_deletions_are_told_only_to_numbers_on_the_business_app(
    clouds: Clouds,
    endpoint: Endpoint,
    is_coexistence: bool,
) -> None:
    """Most numbers hear that something happened, but neither what nor to which message."""
    if is_coexistence:
        clouds.whatsapp.share_with_business_app()
    wamid = await clouds.whatsapp.say(ADA.user_id, "helo")
    await clouds.whatsapp.edit(ADA.user_id, wamid, "hello")
    await clouds.whatsapp.revoke(ADA.user_id, wamid)
    told = [value["messages"][0] for value in endpoint.values[1:]]
    kinds = ["edit", "revoke"] if is_coexistence else ["unsupported", "unsupported"]
    assert [message["type"] for message in told] == kinds
    assert [wamid in str(message) for message in told] == [is_coexistence] * 2
    shown = clouds.whatsapp.chat(ADA.user_id)[0]
    assert (shown.text, shown.is_edited, shown.is_deleted) == ("hello", True, True)


@pytest.mark.parametrize("removed_by_empty", [True, False])
async def test_a_reaction_is_taken_back_in_one_of_two_spellings(
    clouds: Clouds,
    endpoint: Endpoint,
    removed_by_empty: bool,
) -> None:
    """A bridge that knows one of them shows hearts that are long gone."""
    wamid = await clouds.whatsapp.say(ADA.user_id, "hello")
    await clouds.whatsapp.react(ADA.user_id, wamid, "👍")
    await clouds.whatsapp.react(ADA.user_id, wamid, "", removed_by_empty=removed_by_empty)
    given, taken = [value["messages"][0]["reaction"] for value in endpoint.values[1:]]
    assert given == {"message_id": wamid, "emoji": "👍"}
    assert taken == {"message_id": wamid} | ({"emoji": ""} if removed_by_empty else {})


async def test_a_changed_number_changes_the_handset_and_is_told_without_contacts(
    clouds: Clouds, endpoint: Endpoint
) -> None:
    """The next message comes from ids nobody has seen; only this one connects them with the old ones."""
    await clouds.whatsapp.change_number(ADA.user_id, "+44 7700 900555", "GB.555")
    await clouds.whatsapp.change_number(MIRA.user_id, None, "DE.777")
    numbered, named = (value["messages"][0] for value in endpoint.values)
    assert all("contacts" not in value for value in endpoint.values)
    assert (numbered["from"], numbered["system"]["wa_id"]) == (ADA.wa_id, "447700900555")
    assert (named["system"]["type"], named["system"]["previous_user_id"]) == ("user_changed_user_id", MIRA.user_id)
    await clouds.whatsapp.say("+44 7700 900555", "it is me")
    assert endpoint.values[-1]["messages"][0]["from_user_id"] == "GB.555"
    assert len(clouds.whatsapp.chat(ADA.user_id)) == 1


async def test_webhooks_of_other_fields_can_be_sent(clouds: Clouds, endpoint: Endpoint) -> None:
    """The account's own news come through the same door."""
    await clouds.whatsapp.notify("account_update", {"event": "DISABLED_UPDATE"})
    await clouds.whatsapp.change_template("follow_up", "en_GB", "PAUSED")
    await clouds.whatsapp.choose_marketing(MIRA.user_id, wanted=False)
    fields = [entry["changes"][0]["field"] for body in endpoint.json for entry in body["entry"]]
    assert fields == ["account_update", "message_template_status_update", "user_preferences"]
    assert endpoint.values[-1]["user_preferences"][0]["value"] == "stop"


YES = {"type": "reply", "reply": {"id": "y", "title": "Yes"}}
BUTTONS: JsonObject = {"type": "button", "body": {"text": "Shall we?"}, "action": {"buttons": [YES]}}
ROWS = [{"id": str(at), "title": f"Row {at}"} for at in range(10)]
LIST: JsonObject = {
    "type": "list",
    "body": {"text": "Which?"},
    "action": {"button": "Choose", "sections": [{"rows": ROWS}]},
}
ADDRESS = {"display_text": "Open", "url": "https://example.com"}
LINK: JsonObject = {"type": "cta_url", "body": {"text": "Read"}, "action": {"parameters": ADDRESS}}
CARDS = [{"name": {"formatted_name": "Bo Lind", "first_name": "Bo"}, "phones": [{"phone": "+44"}]}]
TEMPLATE = {"name": "hello_world", "language": {"code": "en_US"}}
SENDABLE: dict[str, Any] = {
    "text": {"body": "hello"},
    "image": {"link": "https://example.com/a.png", "caption": "a"},
    "video": {"link": "https://example.com/a.mp4"},
    "audio": {"link": "https://example.com/a.ogg", "voice": True},
    "document": {"link": "https://example.com/a.pdf", "filename": "a.pdf"},
    "sticker": {"link": "https://example.com/a.webp"},
    "location": {"latitude": 51.5, "longitude": 0, "name": "Office"},
    "contacts": CARDS,
    "interactive": BUTTONS,
    "template": TEMPLATE,
}


def send(kind: str, payload: object) -> dict[str, Any]:
    return {"messaging_product": "whatsapp", "to": ADA.number, "type": kind, kind: payload}


def code(reply: Reply) -> int | None:
    return reply.body.get("error", {}).get("code")


@pytest.mark.parametrize("kind", sorted(READERS))
async def test_every_kind_the_business_may_send_reaches_the_phone(
    clouds: Clouds, endpoint: Endpoint, api: Api, kind: str
) -> None:
    """What leaves must be seen to arrive as what it is."""
    await clouds.whatsapp.say(ADA.user_id, "hello")
    assert code(await api.whatsapp(send(kind, SENDABLE[kind]))) is None
    shown = clouds.whatsapp.chat(ADA.user_id)[-1]
    assert (shown.kind, shown.status) == (kind, "delivered")
    if kind != "template":
        assert shown.content == {"type": kind, kind: SENDABLE[kind]}


@pytest.mark.parametrize(
    ("kind", "payload", "told"),
    [
        ("image", dict[str, str](), 131008),
        ("image", {"id": "1"}, 131009),
        ("image", {"id": "1", "link": "https://example.com/a.png"}, 100),
        ("image", {"link": "ftp://example.com"}, 100),
        ("image", {"link": "https://example.com/a.png", "caption": "x" * 1025}, 100),
        ("audio", {"link": "https://example.com/a.ogg", "caption": "x"}, 100),
        ("location", {"latitude": 91, "longitude": 0}, 100),
        ("location", {"latitude": "51"}, 100),
        ("contacts", list[JsonObject](), 131008),
        ("contacts", [{"name": {"formatted_name": "Bo"}}], 131008),
        ("interactive", BUTTONS | {"type": "carousel"}, 131051),
        ("interactive", BUTTONS | {"body": {"text": "x" * 1025}}, 100),
        ("interactive", BUTTONS | {"footer": {"text": "x" * 61}}, 100),
        ("interactive", BUTTONS | {"action": {"buttons": list[JsonObject]()}}, 100),
        ("interactive", LIST | {"action": {"button": "B", "sections": [{"rows": [*ROWS, ROWS[0]]}]}}, 100),
        ("interactive", LIST | {"action": {"button": "B", "sections": [{"rows": [ROWS[0], ROWS[0]]}]}}, 100),
        ("interactive", LINK | {"action": {"parameters": {"display_text": "Open"}}}, 131008),
        ("interactive", LIST, None),
        ("interactive", LINK, None),
    ],
)
async def test_a_payload_over_a_limit_is_refused(
    clouds: Clouds, endpoint: Endpoint, api: Api, kind: str, payload: object, told: int | None
) -> None:
    """Limits that only Meta knows are found by clients."""
    await clouds.whatsapp.say(ADA.user_id, "hello")
    assert code(await api.whatsapp(send(kind, payload))) == told


def template(name: str, *components: object, language: str = "en_GB") -> dict[str, Any]:
    return {"name": name, "language": {"code": language}, "components": list(components)}


def body(*values: str, **named: str) -> dict[str, Any]:
    positional = [{"type": "text", "text": value} for value in values]
    called = [{"type": "text", "parameter_name": name, "text": value} for name, value in named.items()]
    return {"type": "body", "parameters": positional + called}


GOOD = template("follow_up", body(first_name="Ada", adviser="Marc"))


@pytest.mark.parametrize(
    ("asked", "told"),
    [
        (GOOD, None),
        (template("follow_up", body(first_name="Ada")), 132000),
        (template("follow_up", body("Ada", "Marc")), 132012),
        (template("follow_up", body(first_name="Ada", advisor="Marc")), 132012),
        (template("follow_up", body(first_name="Ada", adviser="a\nb")), 132012),
        (template("follow_up", body(first_name="Ada", adviser="")), 132008),
        (template("follow_up", body(first_name="Ada", adviser="x" * 1024)), 132005),
        (template("follow_up", body(first_name="Ada", adviser="Marc"), language="it"), 132001),
        (template("follow_up", body(first_name="Ada", adviser="Marc"), language="fr"), 132001),
        (template("nothing"), 132001),
        (template("market_news", body("x")), 132015),
        (template("old_notice"), 132016),
        (template("urgent_call", body("Ada")), 132001),
        (template("document_ready", body("Ada")), 132012),
    ],
)
async def test_a_template_must_exist_be_approved_and_get_its_parameters(
    clouds: Clouds, api: Api, asked: object, told: int | None
) -> None:
    """Every way a template can be wrong has a code of its own, and the picker must never run into one."""
    assert code(await api.whatsapp(send("template", asked))) == told


async def test_a_template_passes_a_closed_window_and_is_read_with_its_fields_filled_in(
    clouds: Clouds, endpoint: Endpoint, api: Api
) -> None:
    """It is the only way to write first, and what the contact read is what must be on record."""
    await api.whatsapp(send("template", GOOD))
    shown = clouds.whatsapp.chat(ADA.user_id)[0]
    assert shown.text == "Hello Ada, this is Marc of Keller & Partners. May we continue our conversation?"
    assert shown.content is not None
    assert [button["text"] for button in shown.content["template"]["buttons"]] == ["Yes, please", "Not now"]
    await clouds.whatsapp.idle()
    assert endpoint.statuses_told[0]["pricing"]["category"] == "utility"


async def test_marketing_stops_when_the_contact_says_so_and_codes_need_a_number(
    clouds: Clouds, endpoint: Endpoint, api: Api
) -> None:
    """131050 is a wish of the contact, 131062 a rule of WhatsApp; neither is an outage."""
    await clouds.whatsapp.choose_marketing(ADA.user_id, wanted=False)
    await api.whatsapp(send("template", template("spring_offer", body("Ada"))))
    await clouds.whatsapp.idle()
    assert endpoint.statuses_told[-1]["errors"][0]["code"] == 131050
    secret = send("template", template("sign_in_code", body("123456")))
    assert code(await api.whatsapp(secret | {"to": None, "recipient": MIRA.user_id})) == 131062


async def read(api: Api, path: str, **query: str) -> Reply:
    cloud = api.clouds.whatsapp
    params = {"appsecret_proof": proof(cloud.access_token, cloud.app_secret)} | query
    headers = {"Authorization": f"Bearer {cloud.access_token}"}
    return await api.call("GET", f"{cloud.base_url}/v26.0/{path}", headers=headers, params=params)


async def test_templates_are_listed_page_by_page_with_every_status(clouds: Clouds, api: Api) -> None:
    """A catalogue that ends with the first page lacks what somebody needs."""
    path, after = f"{clouds.whatsapp.line.waba_id}/message_templates", dict[str, str]()
    names: list[str] = []
    while True:
        page = (await read(api, path, limit="5", fields="name,status", **after)).body
        names += [item["name"] for item in page["data"]]
        if "next" not in page["paging"]:
            break
        after = {"after": page["paging"]["cursors"]["after"]}
    assert names == [template.name for template in clouds.whatsapp.templates.all]
    assert {t.status for t in clouds.whatsapp.templates.all} >= {"APPROVED", "PENDING", "REJECTED", "PAUSED"}
    german = (await read(api, path, language="de")).body["data"]
    assert [(item["parameter_format"], item["components"][1]["type"]) for item in german] == [("NAMED", "BODY")]
    assert code(await read(api, path, fields="nothing")) == 100


async def test_number_subscription_and_token_can_be_read(clouds: Clouds, api: Api) -> None:
    """The doctor asks exactly this."""
    cloud = clouds.whatsapp
    number = (await read(api, cloud.line.phone_number_id, fields="throughput,quality_rating")).body
    assert number == {
        "id": cloud.line.phone_number_id,
        "throughput": {"level": "STANDARD"},
        "quality_rating": "GREEN",
    }
    assert len((await read(api, f"{cloud.line.waba_id}/subscribed_apps")).body["data"]) == 1
    assert (await read(api, "debug_token", input_token=cloud.access_token)).body["data"]["is_valid"] is True
    assert code(await read(api, "999")) == 33


async def test_typing_shows_until_the_message_comes(clouds: Clouds, endpoint: Endpoint, api: Api) -> None:
    """It also marks as read, so it may only be said when somebody has read."""
    wamid = await clouds.whatsapp.say(ADA.user_id, "hello")
    typing = {"messaging_product": "whatsapp", "status": "read", "message_id": wamid}
    assert (await api.whatsapp(typing | {"typing_indicator": {"type": "text"}})).status == 200
    chat = clouds.whatsapp.chats[0]
    assert chat.typing_until is not None
    await api.whatsapp(text("answer"))
    assert chat.typing_until is None


@pytest.mark.parametrize("often", [True, False])
def test_a_forwarded_message_names_no_original(often: bool) -> None:
    """A context without an id is not a quote."""
    forward: Callable[..., JsonObject] = contents.forwarded
    assert "id" not in forward(TEXT, often=often)["context"]
