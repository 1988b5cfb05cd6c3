"""Runs the revisions on the connection that `models.upgrade` hands over; the caller owns the transaction."""

from alembic import context

from models.tables import (
    metadata,
    partial_indexes,  # noqa: F401  the metadata are whole with them
)

context.configure(connection=context.config.attributes["connection"], target_metadata=metadata, render_as_batch=True)
context.run_migrations()
