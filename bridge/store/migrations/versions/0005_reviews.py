"""Messages that wait for a reviewer, and what was decided about them."""

import sqlalchemy as sa
from alembic import op

from bridge.store.tables import Number

revision = "0005"
down_revision = "0004"


def upgrade() -> None:
    """Nothing that is there already is touched."""
    op.create_table(
        "review",
        sa.Column("message", sa.String(), nullable=False),
        sa.Column("conversation", sa.String(), nullable=False),
        sa.Column("author", sa.String(), nullable=False),
        sa.Column("rules", sa.String(), nullable=False),
        sa.Column("record", Number, nullable=False),
        sa.Column("asked_at", sa.String(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("message"),
    )
