"""Mark work whose process died as suspect."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = '0012'
down_revision = '0011'
branch_labels = None
depends_on = None

TABLES = ('documents', 'questions', 'tasks')


def upgrade() -> None:
    """Add the columns without copying a table on SQLite, because that would delete the rows that refer to it."""
    for table in TABLES:
        op.add_column(table, sa.Column('suspect', sa.Boolean(), nullable=False, server_default=sa.false()))


def downgrade() -> None:
    for table in TABLES:
        op.drop_column(table, 'suspect')
