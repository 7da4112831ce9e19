"""Alembic's entry: carries out the steps on the connection it is handed. Opens none."""

from alembic import context

from bridge.store.tables import metadata

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=metadata,
    transactional_ddl=True,
    render_as_batch=True,  # SQLite changes a column by making the table anew
)
context.run_migrations()
