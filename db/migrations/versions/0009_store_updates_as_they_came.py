"""Store updates as the text that Telegram sent, and name the failing loops of a worker in its row."""

from __future__ import annotations

import json
from typing import Any

import sqlalchemy as sa
from alembic import op

revision = '0009'
down_revision = '0008'
branch_labels = None
depends_on = None

ROWS = sa.table(
    'updates',
    sa.column('bot_id', sa.BigInteger),
    sa.column('update_id', sa.BigInteger),
    sa.column('payload', sa.JSON),
    sa.column('raw', sa.Text),
    sa.column('is_tap', sa.Boolean),
)


def upgrade() -> None:
    with op.batch_alter_table('updates') as table:
        table.add_column(sa.Column('raw', sa.Text(), nullable=False, server_default=''))
        table.add_column(sa.Column('is_tap', sa.Boolean(), nullable=False, server_default=sa.false()))
        table.add_column(sa.Column('problem', sa.String(length=200), nullable=True))
    change_rows(ROWS.c.payload, lambda stored: {'raw': json.dumps(stored) if stored else '', 'is_tap': 'callback_query' in stored})
    with op.batch_alter_table('updates') as table:
        table.alter_column('raw', server_default=None, existing_type=sa.Text(), existing_nullable=False)
        table.alter_column('is_tap', server_default=None, existing_type=sa.Boolean(), existing_nullable=False)
        table.drop_column('payload')
    with op.batch_alter_table('workers') as table:
        table.add_column(sa.Column('problem', sa.String(length=300), nullable=True))


def downgrade() -> None:
    with op.batch_alter_table('workers') as table:
        table.drop_column('problem')
    with op.batch_alter_table('updates') as table:
        table.add_column(sa.Column('payload', sa.JSON(), nullable=False, server_default='{}'))
    change_rows(ROWS.c.raw, lambda stored: {'payload': read_object(stored)})
    with op.batch_alter_table('updates') as table:
        table.alter_column('payload', server_default=None, existing_type=sa.JSON(), existing_nullable=False)
        table.drop_column('raw')
        table.drop_column('is_tap')
        table.drop_column('problem')


def change_rows(column: sa.ColumnClause[Any], convert: Any) -> None:
    """Set the values that ``convert`` returns for ``column`` of each row. Rows are few: updates that are not over."""
    connection = op.get_bind()
    for bot_id, update_id, stored in connection.execute(sa.select(ROWS.c.bot_id, ROWS.c.update_id, column)).all():
        if stored:
            same = (ROWS.c.bot_id == bot_id) & (ROWS.c.update_id == update_id)
            connection.execute(sa.update(ROWS).where(same).values(**convert(stored)))


def read_object(raw: str) -> dict[str, Any]:
    """Return the update in the text; an empty one for a text that was cut or is no object."""
    try:
        read = json.loads(raw)
    except (ValueError, RecursionError):
        return {}
    return read if isinstance(read, dict) else {}
