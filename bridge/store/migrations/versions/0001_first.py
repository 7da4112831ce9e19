"""The first schema."""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None

NUMBER = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    """Make every table, and the one row of `numbers` and of `lease`."""
    op.create_table(
        "change",
        sa.Column("revision", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("record", sa.String(), nullable=False),
        sa.Column("position", NUMBER, nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("revision"),
        sa.UniqueConstraint("record"),
    )
    op.create_table(
        "conversation",
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("place", sa.Text()),
        sa.Column("opening", sa.Integer(), nullable=False),
        sa.Column("heard_at", sa.String()),
        sa.Column("entered_at", sa.String()),
        sa.Column("answered_at", sa.String()),
        sa.Column("closes_at", sa.String()),
        sa.Column("shown_until", sa.String()),
        sa.Column("reminded_until", sa.String()),
        sa.Column("notice", sa.Text()),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("ix_conversation_closes_at", "conversation", ["closes_at"])
    op.create_index("ix_conversation_shown_until", "conversation", ["shown_until"])
    op.create_table(
        "lease",
        sa.Column("id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("number", NUMBER, nullable=False),
        sa.Column("until", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_table(
        "message",
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("conversation", sa.String(), nullable=False),
        sa.Column("wamid", sa.String()),
        sa.Column("activity", sa.String()),
        sa.Column("record", NUMBER, nullable=False),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("ix_message_wamid", "message", ["wamid"])
    op.create_table(
        "meta",
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("value", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("name"),
    )
    op.create_table(
        "numbers",
        sa.Column("id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("request", NUMBER, nullable=False),
        sa.Column("item", NUMBER, nullable=False),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_table(
        "outgoing",
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("message", sa.String(), nullable=False),
        sa.Column("part", sa.Integer(), nullable=False),
        sa.Column("seq", NUMBER, autoincrement=False, nullable=False),
        sa.Column("conversation", sa.String(), nullable=False),
        sa.Column("recipient", sa.Text(), nullable=False),
        sa.Column("contact_name", sa.String(), nullable=False),
        sa.Column("what", sa.Text()),
        sa.Column("author", sa.String(), nullable=False),
        sa.Column("due_at", sa.String(), nullable=False),
        sa.Column("place", sa.Text(), nullable=False),
        sa.Column("record", NUMBER, nullable=False),
        sa.Column("receipt", sa.String()),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("times", sa.Text(), nullable=False),
        sa.Column("reason", sa.String()),
        sa.Column("wamid", sa.String()),
        sa.Column("attempt", sa.Integer(), nullable=False),
        sa.Column("asked", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("ix_outgoing_message", "outgoing", ["message"])
    op.create_index("ix_outgoing_wamid", "outgoing", ["wamid"])
    op.create_index("outgoing_open", "outgoing", ["state", "seq"])
    op.create_index("outgoing_order", "outgoing", ["seq"])
    op.create_table(
        "raw",
        sa.Column("id", NUMBER, autoincrement=False, nullable=False),
        sa.Column("network", sa.String(), nullable=False),
        sa.Column("received_at", sa.String(), nullable=False),
        sa.Column("signature", sa.String()),
        sa.Column("body", sa.LargeBinary(), nullable=False),
        sa.Column("item_count", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_table(
        "intake",
        sa.Column("seq", NUMBER, autoincrement=False, nullable=False),
        sa.Column("key", sa.String(), nullable=False),
        sa.Column("network", sa.String(), nullable=False),
        sa.Column("raw_id", NUMBER),
        sa.Column("pointer", sa.String(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("disposition", sa.String()),
        sa.Column("contact", sa.String()),
        sa.Column("duplicate_of", sa.String()),
        sa.ForeignKeyConstraint(["raw_id"], ["raw.id"]),
        sa.PrimaryKeyConstraint("seq"),
        sa.UniqueConstraint("key"),
    )
    op.create_index("intake_open", "intake", ["state", "seq"])
    op.create_index("intake_raw", "intake", ["raw_id"])
    op.create_table(
        "file",
        sa.Column("seq", NUMBER, autoincrement=False, nullable=False),
        sa.Column("raw_id", NUMBER, nullable=False),
        sa.Column("conversation", sa.String(), nullable=False),
        sa.Column("record", NUMBER, nullable=False),
        sa.Column("tries", sa.Integer(), nullable=False),
        sa.Column("told", sa.Integer(), nullable=False),
        sa.Column("result", sa.Text()),
        sa.ForeignKeyConstraint(["raw_id"], ["raw.id"]),
        sa.ForeignKeyConstraint(["seq"], ["intake.seq"]),
        sa.PrimaryKeyConstraint("seq"),
    )
    op.create_index("ix_file_raw_id", "file", ["raw_id"])
    op.execute("insert into numbers (id, request, item) values (1, 0, 0)")
    op.execute("insert into lease (id, number, until) values (1, 0, '1970-01-01 00:00:00+00')")
