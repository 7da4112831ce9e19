"""What a bridge may rely on about media: how they come, how long, and which uploads Meta refuses."""

import base64
import hashlib
import io
from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any

import aiohttp
import pytest

from infra.sandbox.clouds import ADA, Clouds
from infra.sandbox.whatsapp import proof
from tests.infra.conftest import Api, Clock, Endpoint, Reply

PNG = b"\x89PNG\r\n\x1a\n" + b"pixels" * 20
OPUS = b"OggS" + bytes(24) + b"OpusHead\x01\x01" + bytes(100)
STEREO = b"OggS" + bytes(24) + b"OpusHead\x01\x02" + bytes(100)


def url(clouds: Clouds, path: str) -> str:
    return f"{clouds.whatsapp.base_url}/v26.0/{path}"


async def get(api: Api, address: str, *, token: str | None = None, **query: str) -> Reply:
    cloud = api.clouds.whatsapp
    headers = {"Authorization": f"Bearer {token or cloud.access_token}"}
    params = {"appsecret_proof": proof(cloud.access_token, cloud.app_secret)} | query
    return await api.call("GET", address, headers=headers, params=params if "/v26.0/" in address else None)


async def upload(api: Api, data: bytes, mime_type: str, **said: str) -> Reply:
    cloud = api.clouds.whatsapp
    form = aiohttp.FormData()
    for name, value in ({"messaging_product": "whatsapp", "type": mime_type} | said).items():
        form.add_field(name, value)
    form.add_field("file", io.BytesIO(data), filename="file", content_type=mime_type)
    params = {"appsecret_proof": proof(cloud.access_token, cloud.app_secret)}
    headers = {"Authorization": f"Bearer {cloud.access_token}"}
    address = url(api.clouds, f"{cloud.line.phone_number_id}/media")
    async with api.session.post(address, data=form, headers=headers, params=params) as response:
        return Reply(status=response.status, body=await response.json(), headers=response.headers)


async def picture(clouds: Clouds, endpoint: Endpoint) -> dict[str, Any]:
    await clouds.whatsapp.send_media(ADA.user_id, "image", PNG, "image/png", caption="the roof")
    return endpoint.values[-1]["messages"][0]["image"]


async def test_a_contacts_picture_is_named_looked_up_and_downloaded(
    clouds: Clouds, endpoint: Endpoint, api: Api
) -> None:
    """The two spellings of one hash, and the size as a string, are where careless clients stumble."""
    told = await picture(clouds, endpoint)
    digest = hashlib.sha256(PNG)
    assert (told["caption"], base64.b64decode(told["sha256"])) == ("the roof", digest.digest())
    found = (await get(api, url(clouds, told["id"]))).body
    assert (found["sha256"], found["file_size"], found["mime_type"]) == (digest.hexdigest(), str(len(PNG)), "image/png")
    assert (await get(api, found["url"])).body == PNG
    assert (await get(api, found["url"], token="stolen")).status == 401


async def test_an_address_is_over_after_five_minutes_and_the_id_after_seven_days(
    clouds: Clouds, endpoint: Endpoint, api: Api, clock: Clock
) -> None:
    """Whoever keeps an address instead of the bytes has nothing the next day."""
    told = await picture(clouds, endpoint)
    address = (await get(api, url(clouds, told["id"]))).body["url"]
    clock.advance(timedelta(minutes=5, seconds=1))
    assert (await get(api, address)).status == 404
    clock.advance(timedelta(days=6, hours=23))
    again = (await get(api, url(clouds, told["id"]))).body["url"]
    assert (await get(api, again)).body == PNG
    clock.advance(timedelta(hours=1))
    error = (await get(api, url(clouds, told["id"]))).body["error"]
    assert (error["code"], error["error_subcode"]) == (100, 33)


@pytest.mark.parametrize(
    ("trouble", "is_right"), [("missing", False), ("garbled", False), ("cut short", False), (None, True)]
)
async def test_a_download_can_go_wrong_once(
    clouds: Clouds,
    endpoint: Endpoint,
    api: Api,
    trouble: Any,
    is_right: bool,
) -> None:
    """Comparing the hash means something only if there is something to find."""
    told = await picture(clouds, endpoint)
    address = (await get(api, url(clouds, told["id"]))).body["url"]
    clouds.whatsapp.media.troubles += [trouble] if trouble else []
    first, second = await get(api, address), await get(api, address)
    assert (first.body == PNG, second.body == PNG) == (is_right, True)


@pytest.mark.parametrize(
    ("data", "mime_type", "said", "code"),
    [
        (PNG, "image/png", {}, None),
        (OPUS, "audio/ogg; codecs=opus", {}, None),
        (b"%PDF-1.7", "application/pdf", {}, None),
        (PNG, "image/png", {"messaging_product": "sms"}, 100),
        (PNG, "image/gif", {}, 100),
        (PNG, "application/zip", {}, 100),
        (PNG, "image/jpeg", {}, 131053),
        (PNG, "image/png", {"type": "image/jpeg"}, 131053),
        (STEREO, "audio/ogg", {}, 131053),
        (b"", "image/png", {}, 131053),
        (PNG + bytes(5 << 20), "image/png", {}, 131053),
    ],
)
async def test_only_files_that_whatsapp_takes_can_be_uploaded(
    clouds: Clouds, api: Api, data: bytes, mime_type: str, said: dict[str, str], code: int | None
) -> None:
    """A bridge that was tested against a patient server finds out in front of the client."""
    reply = await upload(api, data, mime_type, **said)
    assert reply.body.get("error", {}).get("code") == code
    assert bool(clouds.whatsapp.media.snapshot()) == (code is None)


async def test_an_uploaded_file_can_be_sent_for_thirty_days(
    clouds: Clouds, endpoint: Endpoint, api: Api, clock: Clock
) -> None:
    """An id kept in a queue for too long must be refused, not delivered as nothing."""
    media_id = (await upload(api, PNG, "image/png")).body["id"]
    send = {"messaging_product": "whatsapp", "to": ADA.number, "type": "image"}
    send |= {"image": {"id": media_id, "caption": "your copy"}}
    await clouds.whatsapp.say(ADA.user_id, "please")
    assert (await api.whatsapp(send)).status == 200
    shown = clouds.whatsapp.chat(ADA.user_id)[-1]
    assert (shown.text, shown.kind) == ("your copy", "image")
    assert clouds.whatsapp.media.content(media_id) == PNG
    clock.advance(timedelta(days=30))
    assert (await api.whatsapp(send)).body["error"]["code"] == 131009


async def test_a_file_of_the_wrong_kind_is_accepted_and_then_fails(
    clouds: Clouds, endpoint: Endpoint, api: Api
) -> None:
    """131053 mostly comes by a status, after the sender was told yes."""
    media_id = (await upload(api, b"%PDF-1.7", "application/pdf")).body["id"]
    await clouds.whatsapp.say(ADA.user_id, "please")
    send = {"messaging_product": "whatsapp", "to": ADA.number, "type": "image", "image": {"id": media_id}}
    assert (await api.whatsapp(send)).status == 200
    await clouds.whatsapp.idle()
    assert [error["code"] for error in endpoint.statuses_told[-1]["errors"]] == [131053]
    good = send | {"type": "document", "document": {"id": media_id, "filename": "offer.pdf"}}
    del good["image"]
    await api.whatsapp(good)
    assert clouds.whatsapp.received(ADA.user_id) == ["offer.pdf"]


async def test_a_large_file_passes_in_pieces(clouds: Clouds, endpoint: Endpoint, api: Api) -> None:
    """100 MB documents exist; nobody may hold them whole, and their hash must still be right."""

    async def pages() -> AsyncIterator[bytes]:
        for number in range(40):
            yield bytes([number]) * (1 << 20)

    await clouds.whatsapp.send_media(ADA.user_id, "document", pages(), "application/pdf", filename="big.pdf")
    told = endpoint.values[-1]["messages"][0]["document"]
    address = (await get(api, url(clouds, told["id"]))).body["url"]
    digest = hashlib.sha256()
    async with api.session.get(
        address, headers={"Authorization": f"Bearer {clouds.whatsapp.access_token}"}
    ) as response:
        async for piece in response.content.iter_any():
            digest.update(piece)
    assert base64.b64encode(digest.digest()).decode() == told["sha256"]


async def test_media_survive_a_restart_of_the_stand_in(clouds: Clouds, endpoint: Endpoint) -> None:
    """A picture that the phone forgets over night is no picture."""
    told = await picture(clouds, endpoint)
    assert clouds.whatsapp.media.folder is not None
    async with Clouds(clock=clouds.clock, media_folder=clouds.whatsapp.media.folder) as later:
        later.restore(dict(clouds.snapshot()))
        assert later.whatsapp.media.content(told["id"]) == PNG
