"""What the page may rely on, and what nobody else may do through its API."""

import asyncio
import json
import sys
from datetime import timedelta
from pathlib import Path

import aiohttp
import pytest

from archive import Draft, Log, Signer, open_store
from infra.sandbox.box import Plan, Sandbox
from infra.sandbox.clouds import ADA, ADMIN, CLIENTS, JON, MARC, MIRA, OLIVIA, archive_key, utc_now
from infra.sandbox.story import STORY
from tests.infra.conftest import ECHO, Page

LINES = [
    b'{"body":"first words","index":0,"kind":"message"}',
    b'{"index":1,"kind":"note"}',
    b'{"index":2,"kind":"note"}',
]


def write_segments(folder: Path) -> Path:
    """Two segments with three records, in the published layout."""
    where = folder / "archive" / "log" / "main" / "seg"
    where.mkdir(parents=True)
    (where / f"{0:016d}").write_bytes(b"\n".join(LINES[:2]) + b"\n\nwaybill\n2\nroot\n")
    (where / f"{2:016d}").write_bytes(LINES[2] + b"\n\nwaybill\n3\nroot\n")
    return where


async def test_the_first_start_sets_the_team_up_by_real_commands(box: Sandbox) -> None:
    """Roles that appear by a back door would teach newcomers something the product does not do."""

    def told() -> int:
        threads = [*box.clouds.teams.channel(ADMIN), *box.clouds.teams.channel(CLIENTS)]
        return sum(post.is_bot for thread in threads for post in thread)

    await box.clouds.teams.until(lambda: told() == len(STORY), within=timedelta(seconds=30))
    admin = box.clouds.teams.channel(ADMIN)[0]
    names = ["Olivia Brandt", "Waybill", "Jon Ames", "Waybill", "Olivia Brandt", "Waybill"]
    assert [post.author_name for post in admin] == names
    assert admin[0].text == "<at>Waybill</at> role grant <at>Jon Ames</at> registrar"
    assert admin[1].text == "heard: " + admin[0].text


async def test_the_state_has_every_part_the_page_draws(page: Page) -> None:
    """The page is built against these names alone."""
    status, state = await page.get("/api/state")
    assert status == 200
    assert state["service"]["state"] == "up"
    assert state["faults"] == {"archive_down": False, "teams_down": False, "whatsapp_down": False}
    assert [contact["number"] for contact in state["phone"]["contacts"]] == ["+44 7700 900001", "+44 7700 900002", None]
    roles = {person["name"]: person["role"] for person in state["teams"]["people"]}
    assert (roles["Olivia Brandt"], roles["Nina Roth"]) == ("owner", "none")
    assert [channel["kind"] for channel in state["teams"]["channels"]] == ["client", "admin"]
    assert state["archive"]["records"] == []


async def test_what_is_said_on_the_phone_is_shown_with_ticks(page: Page, box: Sandbox) -> None:
    """The contact's own bubble must say whether the service has taken it."""
    assert (await page.post("/api/phone/say", {"contact": MIRA.user_id, "text": " hello "}))[0] == 200
    await box.clouds.whatsapp.idle()
    phone = (await page.get("/api/phone"))[1]
    mira = next(contact for contact in phone["contacts"] if contact["id"] == MIRA.user_id)
    assert [(m["from"], m["text"], m["status"]) for m in mira["messages"]] == [("contact", "hello", "delivered")]
    assert (await page.post("/api/phone/open", {"contact": ADA.user_id}))[1] == {"ok": True}


async def test_what_is_said_in_teams_is_shown_with_the_answer_as_safe_html(page: Page, box: Sandbox) -> None:
    """The page puts this HTML into the document as it is."""
    said = {"person": MARC.aad_object_id, "channel": CLIENTS.id, "text": "<b>hi</b> <script>", "mention": True}
    _, answer = await page.post("/api/teams/say", said)
    await box.clouds.teams.until(lambda: len(box.clouds.teams.thread(answer["id"])) == 2)
    teams = (await page.get("/api/teams"))[1]
    thread = next(thread for thread in teams["channels"][0]["threads"] if thread["id"] == answer["id"])
    assert "&lt;b&gt;hi&lt;/b&gt; &lt;script&gt;" in thread["root"]["html"]
    assert '<span class="mention">Waybill</span>' in thread["root"]["html"]
    assert thread["replies"][0]["author"]["bot"] is True
    posts = [thread["root"], *thread["replies"]]
    assert not any("<script" in post["html"] for post in posts)
    assert posts[0]["typed"] == {"text": said["text"], "mention": True}


async def test_personal_chats_edits_and_deletions_work_from_the_page(page: Page, box: Sandbox) -> None:
    """Every verb of the API must reach the stand-in."""
    olivia = {"person": OLIVIA.aad_object_id}
    _, answer = await page.post("/api/teams/say", olivia | {"chat": True, "text": "help"})
    await page.post("/api/teams/edit", olivia | {"post": answer["id"], "text": "status"})
    await page.post("/api/teams/delete", olivia | {"post": answer["id"]})
    posts = (await page.get("/api/teams"))[1]["chats"][0]["posts"]
    assert (posts[0]["edited"], posts[0]["deleted"], posts[0]["html"]) == (True, True, None)
    status, refused = await page.post("/api/teams/delete", {"person": JON.aad_object_id, "post": answer["id"]})
    assert (status, "error" in refused) == (400, True)


@pytest.mark.parametrize(
    ("path", "body", "status"),
    [
        ("/api/phone/say", {"contact": "+44 1", "text": "hi"}, 404),
        ("/api/phone/say", {"contact": ADA.user_id}, 400),
        ("/api/phone/say", {"contact": ADA.user_id, "text": "  "}, 400),
        ("/api/teams/say", {"person": "nobody", "channel": CLIENTS.id, "text": "hi"}, 404),
        ("/api/teams/say", {"person": MARC.aad_object_id, "channel": "19:x", "text": "hi"}, 404),
        ("/api/teams/press", {"person": MARC.aad_object_id, "post": "1", "verb": "undo"}, 404),
        ("/api/faults", {"name": "gravity", "on": True}, 400),
        ("/api/archive/tamper", {"index": 99}, 404),
        ("/api/nothing", {}, 405),
    ],
)
async def test_a_mistaken_request_is_answered_in_words(page: Page, path: str, body: object, status: int) -> None:
    """A page that shows a traceback teaches nobody anything."""
    answered, answer = await page.post(path, body)
    assert answered == status
    assert isinstance(answer["error"], str)


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({}, 200),
        ({"Sec-Fetch-Site": "same-origin"}, 200),
        ({"Sec-Fetch-Site": "cross-site"}, 403),
        ({"Origin": "https://evil.example"}, 403),
        ({"Origin": "null"}, 403),
        ({"Host": "evil.example"}, 403),
        ({"Host": "localhost.evil.example:8080"}, 403),
        ({"Content-Type": "text/plain"}, 415),
    ],
)
async def test_only_our_own_page_may_write(page: Page, headers: dict[str, str], status: int) -> None:
    """Any website a newcomer has open could otherwise press these buttons."""
    assert (await page.post("/api/phone/open", {"contact": ADA.user_id}, **headers))[0] == status


async def test_reading_is_refused_under_a_foreign_host_name(page: Page) -> None:
    """DNS rebinding turns a foreign page into one of ours, except for this header."""
    assert (await page.get("/api/state", Host="evil.example"))[0] == 403
    assert (await page.get("/api/state", Host=f"127.0.0.1:{page.port}"))[0] == 200


async def test_every_answer_carries_the_strict_policy(page: Page) -> None:
    """One page without it is where injected markup would run."""
    for path in ("/", "/api/state", "/nothing"):
        async with page.session.get(page.url + path) as response:
            assert response.headers["Content-Security-Policy"].startswith("default-src 'self';")
            assert "unsafe" not in response.headers["Content-Security-Policy"]


async def test_faults_are_switched_on_and_off(page: Page, box: Sandbox, tmp_path: Path) -> None:
    """The laws are best understood by breaking things."""
    where = write_segments(tmp_path)
    for name in ("archive_down", "teams_down", "whatsapp_down"):
        _, answer = await page.post("/api/faults", {"name": name, "on": True})
        assert answer["faults"][name] is True
    assert (tmp_path / "archive").is_file()
    assert (await page.get("/api/archive"))[1]["size"] == 3
    for name in ("archive_down", "teams_down", "whatsapp_down"):
        await page.post("/api/faults", {"name": name, "on": False})
    assert where.is_dir()
    assert not any(box.faults().values())


async def test_a_killed_service_comes_back_by_itself(page: Page, box: Sandbox) -> None:
    """Crash now, and watch nothing get lost."""
    before = box.service.pid
    assert (await page.post("/api/service/kill"))[0] == 200
    await box.service.until(
        lambda: box.service.restarts == 1 and box.service.state == "up", within=timedelta(seconds=30)
    )
    assert box.service.pid not in (None, before)


async def test_records_can_be_listed_opened_spoilt_and_repaired(page: Page, tmp_path: Path) -> None:
    """Seeing one byte break the proof is what convinces people."""
    where = write_segments(tmp_path)
    true_bytes = (where / f"{0:016d}").read_bytes()
    _, listed = await page.get("/api/archive?after=0")
    assert (listed["size"], [record["index"] for record in listed["records"]]) == (3, [1, 2])
    assert listed["checkpoint"] == "waybill\n3\nroot\n"
    _, opened = await page.get("/api/archive/records/0")
    assert (opened["line"].encode(), opened["segment"]) == (LINES[0], f"log/main/seg/{0:016d}")
    # printf '\0{"body":"first words","index":0,"kind":"message"}' | sha256sum
    assert opened["leaf_hash"] == "6c149362a0099a1812a857a3471cd04c3000a4586fdedcc1ea9aa897cb0ba143"
    _, spoilt = await page.post("/api/archive/tamper", {"index": 0})
    changed = (where / f"{0:016d}").read_bytes()
    assert [at for at, (a, b) in enumerate(zip(true_bytes, changed, strict=True)) if a != b] == [spoilt["offset"]]
    assert json.loads(changed.split(b"\n")[0])["kind"]
    assert (await page.get("/api/archive"))[1]["tampered"] is True
    assert (await page.post("/api/archive/repair"))[1]["repaired"] == 1
    assert (where / f"{0:016d}").read_bytes() == true_bytes
    assert (await page.get("/api/archive"))[1]["tampered"] is False
    assert (await page.get("/api/archive/records/3"))[0] == 404


async def test_the_verdict_is_the_verifiers_own(page: Page) -> None:
    """The page must not have an opinion about integrity."""
    _, verdict = await page.post("/api/archive/verify")
    assert (verdict["ok"], verdict["size"], verdict["findings"]) == (True, 3, [])


async def test_a_failing_verifier_is_reported_with_its_words(tmp_path: Path) -> None:
    """Silence must never look like a clean archive."""
    script = "import sys; sys.stderr.write('segment 2: wrong root'); sys.exit(3)"
    plan = Plan(data=tmp_path, command=ECHO, verifier=(sys.executable, "-c", script))
    verdict = await Sandbox(plan).archive.verify()
    assert verdict["ok"] is False
    assert verdict["findings"] == [{"place": "verifier", "what": "segment 2: wrong root", "severity": "broken"}]


async def test_the_archives_own_verifier_names_the_spoilt_record(tmp_path: Path) -> None:
    """The button proves nothing unless the program behind it is the one auditors use."""
    signer = Signer.from_pem(archive_key(tmp_path).read_bytes())
    store = open_store(f"file:{tmp_path / 'archive'}")
    log = await Log.open(store, shard="main", origin="waybill/main", signer=signer, writer="test", clock=utc_now)
    await log.append(Draft(kind="note", id="N-1", fields={"body": {"type": "text", "text": "hello"}}))
    await log.close()
    pane = Sandbox(Plan(data=tmp_path, command=ECHO)).archive
    assert await pane.verify() | {"seconds": 0} == {"ok": True, "size": 2, "findings": [], "seconds": 0}
    assert [record["summary"] for record in pane.view()["records"]][1:] == ["hello"]
    spoilt = pane.tamper()
    verdict = await pane.verify()
    assert verdict["ok"] is False
    places = [finding["place"] for finding in verdict["findings"] if finding["severity"] == "broken"]
    assert places
    assert all(place.startswith(f"{spoilt['segment']}, record 1") for place in places)
    pane.repair()
    assert (await pane.verify())["ok"] is True


async def test_pressing_a_button_on_the_page_returns_the_bots_words(page: Page, box: Sandbox) -> None:
    """People approve, undo and reply with these buttons."""
    _, said = await page.post("/api/teams/say", {"person": MARC.aad_object_id, "channel": CLIENTS.id, "text": "card"})
    await box.clouds.teams.until(lambda: len(box.clouds.teams.thread(said["id"])) == 2)
    press = {"person": MARC.aad_object_id, "post": box.clouds.teams.thread(said["id"])[1].id, "verb": "greet"}
    assert await page.post("/api/teams/press", press | {"data": {"name": "Ada"}}) == (
        200,
        {"ok": True, "message": "hello Ada"},
    )


async def test_events_name_the_parts_that_changed(page: Page, box: Sandbox) -> None:
    """Without them the page would poll, and lag."""
    async with page.session.get(page.url + "/api/events") as response:
        assert response.content_type == "text/event-stream"
        await response.content.readuntil(b"\n\n")
        for _ in range(50):
            box.hub.announce("phone")
        box.hub.announce("faults")
        heard: list[bytes] = []
        while b'event: faults\ndata: {"part":"faults"}\n\n' not in heard:  # what the start caused may come between
            heard.append(await response.content.readuntil(b"\n\n"))
        assert heard.count(b'event: phone\ndata: {"part":"phone"}\n\n') == 1


async def test_a_restarted_sandbox_continues_where_it_stopped(tmp_path: Path) -> None:
    """The service remembers threads and addresses; the stand-ins must not have forgotten them."""
    plan = Plan(data=tmp_path, command=ECHO)
    async with Sandbox(plan) as first:
        await first.service.until(lambda: first.service.state == "up", within=timedelta(seconds=30))
        await first.clouds.whatsapp.say(ADA.user_id, "hello")
        ports = first.clouds.ports
    async with Sandbox(plan) as second:
        assert [message.text for message in second.clouds.whatsapp.chat(ADA.user_id)] == ["hello"]
        assert second.clouds.ports == ports


async def test_the_command_prints_its_address_and_stops_everything_on_sigterm(tmp_path: Path) -> None:
    """A sandbox that leaves a service behind blocks the next one."""
    script = f"import sys; from infra.sandbox.__main__ import main; sys.exit(main(sys.argv[1:], command={ECHO!r}))"
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-c", script, "--port", "0", "--data", str(tmp_path), "--undo-seconds", "1"),
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.DEVNULL,
    )
    assert process.stdout is not None
    address = (await process.stdout.readline()).decode().split()[-1]
    async with aiohttp.ClientSession() as session:
        state = await (await session.get(f"{address}api/state")).json()
        assert state["undo_seconds"] == 1
        await session.post(f"{address}api/phone/say", json={"contact": ADA.user_id, "text": "hello"})
    process.terminate()
    assert await process.wait() == 0
    kept = json.loads((tmp_path / "sandbox.json").read_text())
    assert kept["whatsapp"][ADA.user_id]["messages"][0]["text"] == "hello"
    async with aiohttp.ClientSession() as session:
        with pytest.raises(aiohttp.ClientConnectionError):
            await session.get(f"http://127.0.0.1:{kept['service_port']}/readyz")
