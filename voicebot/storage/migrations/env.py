"""What Alembic runs: the revisions, on the connection that ``Database.upgrade`` hands over."""

from alembic import context

from voicebot.storage import call_tables
from voicebot.storage.tables import Base

assert call_tables.Call.metadata is Base.metadata  # noqa: S101  both modules fill the one set of tables

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=Base.metadata,
    compare_type=True,
)
with context.begin_transaction():
    context.run_migrations()
