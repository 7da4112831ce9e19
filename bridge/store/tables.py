"""The store's tables and the statements over them. Knows SQL; holds no connection."""

from __future__ import annotations

from sqlalchemy import (
    BigInteger,
    Column,
    DateTime,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    String,
    Table,
    Text,
    Update,
    and_,
    bindparam,
    cast,
    delete,
    exists,
    func,
    or_,
    select,
    tuple_,
    update,
)
from sqlalchemy.dialects.postgresql import Insert, insert

metadata = MetaData()

Number = BigInteger().with_variant(Integer, "sqlite")
"""What only ever grows. SQLite's own integers have no end, and only under this name are they the row's own number."""

meta = Table("meta", metadata, Column("name", String, primary_key=True), Column("value", String, nullable=False))

raw = Table(
    "raw",
    metadata,
    Column(
        "id", Number, primary_key=True, autoincrement=False
    ),  # ascending: a random key would dirty a page of its index for every row
    Column("network", String, nullable=False),
    Column("received_at", String, nullable=False),
    Column("signature", String),
    Column("body", LargeBinary, nullable=False),
    Column("item_count", Integer, nullable=False),
)
"""One row per accepted request, deleted when its last item is settled: plaintext lives no longer than it must."""

intake = Table(
    "intake",
    metadata,
    Column("seq", Number, primary_key=True, autoincrement=False),
    Column("key", String, nullable=False, unique=True),
    Column("network", String, nullable=False),
    Column("raw_id", Number, ForeignKey("raw.id")),
    Column("pointer", String, nullable=False),
    Column("state", String, nullable=False),  # waiting | held | parked | done
    Column("disposition", String),
    Column("contact", String),
    Column("duplicate_of", String),
    Index("intake_open", "state", "seq"),
    Index("intake_raw", "raw_id"),
)

numbers = Table(
    "numbers",
    metadata,
    Column("id", Integer, primary_key=True, autoincrement=False),
    Column("request", Number, nullable=False),
    Column("item", Number, nullable=False),
)
"""One row: the newest request and item. No number is ever used twice, or a restart could reorder; and whoever raises
them holds the row until the commit, so that of several replicas none commits a lower number after a higher one."""

lease = Table(
    "lease",
    metadata,
    Column("id", Integer, primary_key=True, autoincrement=False),
    Column("number", Number, nullable=False),
    Column("until", DateTime(timezone=True), nullable=False),
)
"""One row, for PostgreSQL: whose term it is (`lease`)."""

change = Table(
    "change",
    metadata,
    Column("revision", Integer, primary_key=True, autoincrement=False),
    Column("record", String, nullable=False, unique=True),
    Column("position", Number, nullable=False),
    Column("body", Text, nullable=False),
)

conversation = Table(
    "conversation",
    metadata,
    Column("id", String, primary_key=True),
    Column("place", Text),
    Column("opening", Integer, nullable=False),
    Column("heard_at", String),
    Column("entered_at", String),
    Column("answered_at", String),
    Column("closes_at", String, index=True),
    Column("shown_until", String, index=True),
    Column("reminded_until", String),
    Column("notice", Text),
    Column("writer", String),
    Column("introduced_in", String),
    Column("unmarked", String),
)

message = Table(
    "message",
    metadata,
    Column("id", String, primary_key=True),
    Column("conversation", String, nullable=False),
    Column("wamid", String, index=True),
    Column("activity", String, index=True),
    Column("record", Number, nullable=False),
)
"""Which WhatsApp message is which post in Teams and which record; kept as long as the thread."""

reaction = Table(
    "reaction",
    metadata,
    Column("wamid", String, primary_key=True),
    Column("author", String, nullable=False),
    Column("emoji", String, nullable=False),
)
"""Who of staff has set the reaction that stands on a contact's message: we have one for each."""

outgoing = Table(
    "outgoing",
    metadata,
    Column("id", String, primary_key=True),
    Column("message", String, nullable=False, index=True),
    Column("part", Integer, nullable=False),
    Column("seq", Number, nullable=False),
    Column("conversation", String, nullable=False),
    Column("recipient", Text, nullable=False),
    Column("contact_name", String, nullable=False),
    Column("what", Text),
    Column("author", String, nullable=False),
    Column("due_at", String, nullable=False),
    Column("place", Text, nullable=False),
    Column("record", Number, nullable=False),
    Column("receipt", String),
    Column("state", String, nullable=False),
    Column("times", Text, nullable=False),
    Column("reason", String),
    Column("wamid", String, index=True),
    Column("attempt", Integer, nullable=False),
    Column("asked", Integer, nullable=False),
    Index("outgoing_open", "state", "seq"),
    Index("outgoing_order", "seq"),
)

file = Table(
    "file",
    metadata,
    Column("seq", Number, ForeignKey("intake.seq"), primary_key=True),
    Column("raw_id", Number, ForeignKey("raw.id"), nullable=False, index=True),
    Column("conversation", String, nullable=False),
    Column("record", Number, nullable=False),
    Column("tries", Integer, nullable=False),
    Column("told", Integer, nullable=False),
    Column("result", Text),
)
"""One row per attachment that is not fetched, archived and shown yet; it keeps the bytes of its request as well."""

review = Table(
    "review",
    metadata,
    Column("message", String, primary_key=True),
    Column("conversation", String, nullable=False),
    Column("author", String, nullable=False),
    Column("rules", String, nullable=False),
    Column("record", Number, nullable=False),
    Column("asked_at", String, nullable=False),
    Column("state", String, nullable=False),  # waiting | escalated | approved | returned
)
"""One row per message of staff that a reviewer was asked about."""

# --- statements ------------------------------------------------------------------------------------------------------


def _add_if_missing(table: Table) -> Insert:
    """Both engines write it alike, and SQLAlchemy compiles PostgreSQL's statement for either."""
    return insert(table).on_conflict_do_nothing()


ADD_META = _add_if_missing(meta)
SET_META = update(meta).where(meta.c.name == bindparam("b_name")).values(value=bindparam("b_value"))
RAW_COLUMNS = ("id", "network", "received_at", "signature", "body", "item_count")
INTAKE_COLUMNS = ("seq", "key", "network", "raw_id", "pointer", "state", "duplicate_of")
TAKE_NUMBERS = (
    update(numbers)
    .values(request=numbers.c.request + bindparam("b_requests"), item=numbers.c.item + bindparam("b_items"))
    .returning(numbers.c.request, numbers.c.item)
)
TERM_IS = select(lease.c.number).where(lease.c.number == bindparam("number")).with_for_update(read=True)
"""Whether a term still runs; until the commit no other can begin."""

TELL = select(func.pg_notify("waybill", ""))
KNOWN_KEYS = select(intake.c.key).where(intake.c.key.in_(bindparam("keys", expanding=True)))

SETTLE = (
    update(intake)
    .where(intake.c.seq == bindparam("b_seq"))
    .values(state="done", disposition=bindparam("b_disposition"), raw_id=None)
)
HOLD = (
    update(intake)
    .where(intake.c.seq == bindparam("b_seq"))
    .values(state="held", disposition="held", contact=bindparam("b_contact"))
)
PARK = (
    update(intake)
    .where(intake.c.seq == bindparam("b_seq"))
    .values(state="parked", disposition="held", contact=bindparam("b_contact"))
)
SPENT_RAW = delete(raw).where(
    ~exists(select(1).where(intake.c.raw_id == raw.c.id)), ~exists(select(1).where(file.c.raw_id == raw.c.id))
)
TRIM = SPENT_RAW.where(raw.c.id == bindparam("b_raw"))

_NEWEST = select(bindparam("b_name", type_=String), cast(numbers.c.item, String)).where(numbers.c.item >= 0)
"""With a condition, without which SQLite takes the `on` of what follows for a join's."""

MARK_DAY = _add_if_missing(meta).from_select(["name", "value"], _NEWEST)
FORGET_ITEMS = delete(intake).where(
    intake.c.seq.in_(
        select(intake.c.seq)
        .where(
            intake.c.state == "done",
            intake.c.seq <= bindparam("b_last"),
            ~exists(select(1).where(file.c.seq == intake.c.seq)),
        )
        .order_by(intake.c.seq)
        .limit(bindparam("b_most"))
    )
)
ITEMS = select(intake).order_by(intake.c.seq).limit(bindparam("most"))
WAITING = ITEMS.where(intake.c.state == "waiting", intake.c.seq > bindparam("after"))
WAITING_AMONG = ITEMS.where(intake.c.state == "waiting", intake.c.seq.in_(bindparam("numbers", expanding=True)))
HELD = ITEMS.where(
    intake.c.state == "held", intake.c.contact == bindparam("contact"), intake.c.seq > bindparam("after")
)
PARKED = (
    select(intake).where(intake.c.state == "parked", intake.c.contact == bindparam("contact")).order_by(intake.c.seq)
)
OLDEST_WAITING = (
    select(raw.c.received_at)
    .join(intake, intake.c.raw_id == raw.c.id)
    .where(intake.c.state == "waiting")
    .order_by(intake.c.seq)
    .limit(1)
)
REQUESTS = select(raw).where(raw.c.id.in_(bindparam("ids", expanding=True)))

DAYS = (
    select(meta)
    .where(meta.c.name.startswith("day:"), meta.c.name <= bindparam("b_name"))
    .order_by(meta.c.name.desc())
    .limit(1)
)
FORGET_DAYS = delete(meta).where(meta.c.name.startswith("day:"), meta.c.name < bindparam("b_name"))

ADD_CHANGE = insert(change)
ADD_MESSAGE = _add_if_missing(message)
ADD_REVIEW = _add_if_missing(review)
SET_REVIEW = update(review).where(review.c.message == bindparam("b_message")).values(state=bindparam("b_state"))
SET_REACTION = (
    insert(reaction)
    .values(wamid=bindparam("b_wamid"), author=bindparam("b_author"), emoji=bindparam("b_emoji"))
    .on_conflict_do_update(
        index_elements=[reaction.c.wamid], set_={"author": bindparam("b_author"), "emoji": bindparam("b_emoji")}
    )
)
DROP_REACTION = delete(reaction).where(reaction.c.wamid == bindparam("b_wamid"))
ADD_CONVERSATION = _add_if_missing(conversation)
SET_PLACE = (
    update(conversation)
    .where(conversation.c.id == bindparam("b_id"))
    .values(place=bindparam("b_place"), opening=bindparam("b_opening"))
)
SET_INTRODUCED = (
    update(conversation)
    .where(conversation.c.id == bindparam("b_id"))
    .values(writer=bindparam("b_writer"), introduced_in=bindparam("b_message"))
)
SET_SHOWN = update(conversation).where(conversation.c.id == bindparam("b_id")).values(unmarked=bindparam("b_wamid"))
SET_MARKED = (
    update(conversation)
    .where(conversation.c.id == bindparam("b_id"), conversation.c.unmarked == bindparam("b_wamid"))
    .values(unmarked=None)
)
SET_NOTICE = update(conversation).where(conversation.c.id == bindparam("b_id")).values(notice=bindparam("b_notice"))


def _set_later(column: Column[str]) -> Update:
    """Move a time on, never back: whatever comes late tells of something earlier."""
    return (
        update(conversation)
        .where(conversation.c.id == bindparam("b_id"), or_(column.is_(None), column < bindparam("b_at")))
        .values({column: bindparam("b_at")})
    )


SET_HEARD = _set_later(conversation.c.heard_at)
SET_ENTERED = _set_later(conversation.c.entered_at)
SET_ANSWERED = _set_later(conversation.c.answered_at)
SET_CLOSES = _set_later(conversation.c.closes_at)
SET_REMINDED = _set_later(conversation.c.reminded_until)
SET_SHOWN_UNTIL = (
    update(conversation).where(conversation.c.id == bindparam("b_id")).values(shown_until=bindparam("b_at"))
)
WINDOWS_DUE = select(conversation.c.id).where(
    or_(
        conversation.c.shown_until <= bindparam("now"),
        and_(
            conversation.c.closes_at > bindparam("now"),
            conversation.c.closes_at <= bindparam("soon"),
            or_(conversation.c.answered_at.is_(None), conversation.c.answered_at < conversation.c.heard_at),
            or_(conversation.c.reminded_until.is_(None), conversation.c.reminded_until < conversation.c.closes_at),
        ),
    )
)
"""Conversations whose header card shows an end that has passed, or whose people are to be reminded."""

UNANSWERED = select(conversation.c.id, conversation.c.heard_at).where(
    conversation.c.heard_at > bindparam("after"),
    conversation.c.heard_at <= bindparam("until"),
    or_(conversation.c.answered_at.is_(None), conversation.c.answered_at < conversation.c.heard_at),
)

ADD_OUTGOING = _add_if_missing(outgoing)
MOVE_OUTGOING = (
    update(outgoing)
    .where(outgoing.c.id == bindparam("b_id"), outgoing.c.state == bindparam("b_from"))
    .values(state=bindparam("b_state"), times=bindparam("b_times"), reason=bindparam("b_reason"))
)
SET_WAMID = update(outgoing).where(outgoing.c.id == bindparam("b_id")).values(wamid=bindparam("b_wamid"))
SET_RECEIPT = (
    update(outgoing).where(outgoing.c.message == bindparam("b_message")).values(receipt=bindparam("b_receipt"))
)
NEXT_ATTEMPT = (
    update(outgoing).where(outgoing.c.id == bindparam("b_id")).values(attempt=outgoing.c.attempt + 1, asked=0)
)
LATEST_OUTGOING = (
    select(outgoing.c.conversation, outgoing.c.times).order_by(outgoing.c.seq.desc()).limit(bindparam("most"))
)
LATER_OUTGOING = (
    select(outgoing.c.id)
    .where(
        outgoing.c.conversation == bindparam("conversation"),
        tuple_(outgoing.c.seq, outgoing.c.part) > tuple_(bindparam("seq"), bindparam("part")),
    )
    .limit(1)
)
ASK = update(outgoing).where(outgoing.c.id == bindparam("b_id"), outgoing.c.state == "uncertain").values(asked=1)
FORGET_CONTENT = update(outgoing).where(outgoing.c.id == bindparam("b_id")).values(what=None)

ADD_FILE = _add_if_missing(file)
FILES = select(file.c.seq).order_by(file.c.seq)
FILE = (
    select(file, intake.c.key, intake.c.network, intake.c.pointer, intake.c.state, intake.c.duplicate_of)
    .join(intake, intake.c.seq == file.c.seq)
    .where(file.c.seq == bindparam("seq"))
)
TRIED = update(file).where(file.c.seq == bindparam("b_seq")).values(tries=bindparam("b_tries"))
TOLD = update(file).where(file.c.seq == bindparam("b_seq")).values(told=1)
FETCHED = update(file).where(file.c.seq == bindparam("b_seq")).values(result=bindparam("b_result"))
FORGET_FILE = delete(file).where(file.c.seq == bindparam("b_seq"))
