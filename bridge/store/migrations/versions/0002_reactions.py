"""Whose reaction stands on a message, and messages found by their post."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    """Nothing that is there already is touched."""
    op.create_table(
        "reaction",
        sa.Column("wamid", sa.String(), nullable=False),
        sa.Column("author", sa.String(), nullable=False),
        sa.Column("emoji", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("wamid"),
    )
    op.create_index("ix_message_activity", "message", ["activity"])
