"""The newest message of a contact's that staff were shown and the contact is not told of as read."""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"


def upgrade() -> None:
    """What is there already is marked with the next message: WhatsApp marks all earlier ones with it."""
    op.add_column("conversation", sa.Column("unmarked", sa.String()))
