"""Who of staff a contact was told that they are writing with, and by which message."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    """Of conversations that are there already it is not known: the next message says it."""
    op.add_column("conversation", sa.Column("writer", sa.String()))
    op.add_column("conversation", sa.Column("introduced_in", sa.String()))
