"""Brings a database to the schema that this program knows, in one transaction. The steps are the files beside it."""

from __future__ import annotations

from pathlib import Path

from sqlalchemy import Connection, text

STEPS = Path(__file__).parent / "migrations"

HEAD = "0005"
"""The newest of the steps. A database that is there already needs no alembic, whose import takes its time."""

TURN = 0x7761_7962
"""PostgreSQL's name for the lock that replicas take when they start: one of them migrates, the others find it done."""


def migrate(connection: Connection) -> None:
    """Carry out what is missing; raises `ValueError` for a database of a newer program."""
    if connection.dialect.name == "postgresql":
        connection.execute(text("select pg_advisory_xact_lock(:turn)"), {"turn": TURN})
    else:
        connection.exec_driver_sql("BEGIN IMMEDIATE")  # else Python's driver commits after each change of the schema
    if _version(connection) != HEAD:
        _upgrade(connection)


def _version(connection: Connection) -> str | None:
    if not connection.dialect.has_table(connection, "alembic_version"):
        return None
    return connection.execute(text("select version_num from alembic_version")).scalar()


def _upgrade(connection: Connection) -> None:
    from alembic import command  # noqa: PLC0415 - see `HEAD`
    from alembic.config import Config  # noqa: PLC0415
    from alembic.util.exc import CommandError  # noqa: PLC0415

    config = Config(attributes={"connection": connection})
    config.set_main_option("script_location", str(STEPS).replace("%", "%%"))
    try:
        command.upgrade(config, "head")
    except CommandError as error:
        msg = f"the store has schema {_version(connection)}, this program knows {HEAD}"
        raise ValueError(msg) from error
