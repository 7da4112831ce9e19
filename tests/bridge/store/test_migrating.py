"""A store made long ago becomes one that this program knows, step by step, and no other store is touched."""

from __future__ import annotations

import pytest
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection

from bridge.errors import StoreUnavailable
from bridge.store import Store
from bridge.store.migrating import HEAD, STEPS, migrate
from bridge.store.tables import metadata

from .opening import seen


def differences(connection: Connection) -> list[object]:
    """What the steps make other than the tables' description says, types included."""
    context = MigrationContext.configure(connection, opts={"compare_type": True})
    return [each for each in compare_metadata(context, metadata) if "alembic_version" not in str(each)]


async def test_the_steps_lead_to_the_tables_that_the_statements_know(url: str):
    """An update would start with a column missing, and every message wait."""
    async with Store.connect(url) as store:
        assert await store._database.commit(differences) == []


async def test_a_column_that_no_step_makes_is_noticed(url: str):
    """The comparison above would be true of anything."""
    async with Store.connect(url) as store:
        await seen(url, "alter table message drop column record")
        assert len(await store._database.commit(differences)) == 1


def test_the_newest_step_is_the_one_that_a_store_is_compared_with():
    """A step would never be carried out on a store that has all but it."""
    config = Config()
    config.set_main_option("script_location", str(STEPS))
    assert ScriptDirectory.from_config(config).get_heads() == [HEAD]


async def test_a_store_of_a_newer_program_is_refused(url: str):
    """An older program would write rows that the newer one cannot read back."""
    async with Store.connect(url):
        pass
    await seen(url, "update alembic_version set version_num = '9999'")
    with pytest.raises(ValueError, match="has schema 9999, this program knows"):
        async with Store.connect(url):
            pass
    assert await seen(url, "select version_num from alembic_version") == [("9999",)]


async def test_a_migration_that_breaks_off_leaves_nothing_behind(url: str):
    """Half a schema would fit no step, and the store be lost to every program."""

    def broken_off(connection: Connection) -> None:
        migrate(connection)
        msg = "broken off"
        raise OSError(msg)

    async with Store.connect(url) as store:
        for table in ["alembic_version", *reversed(metadata.sorted_tables)]:
            await seen(url, f"drop table {table}")
        with pytest.raises(StoreUnavailable):
            await store._database.commit(broken_off)
        async with Store.connect(url) as again:
            assert await again._database.commit(differences) == []
