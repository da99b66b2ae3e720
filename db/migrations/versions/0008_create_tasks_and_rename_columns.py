"""Create tasks, move queued citation previews into them, and rename tables and columns to the field's words."""

from __future__ import annotations

import json
from typing import Any

import sqlalchemy as sa
from alembic import op

import db.models

revision = '0008'
down_revision = '0007'
branch_labels = None
depends_on = None

WORK = ('documents', 'questions')
# (table, old column, new column)
COLUMNS = (
    *((table, 'fence', 'fencing_token') for table in WORK),
    *((table, 'tell_at', 'deliver_at') for table in WORK),
    ('documents', 'words_fence', 'words_version'),
    ('documents', 'archive_fence', 'archive_version'),
    ('citations', 'fence', 'words_version'),
    ('updates', 'lane', 'ordering_key'),
)
# (table, columns before, columns after)
INDEXES = (
    *((table, ['tell_at'], ['deliver_at']) for table in WORK),
    ('updates', ['state', 'lane', 'update_id'], ['state', 'ordering_key', 'update_id']),
)
TABLES = (('opinions', 'ratings'), ('spendings', 'daily_usage'), ('tallies', 'daily_stats'))
# Names of fields in stored answers.
ANSWER = {'places': 'occurrences'}
QUOTE = {'turns': 'page_breaks', 'telling': 'relevant', 'fence': 'version'}
QUEUE_COLUMNS = (
    'id, state, attempts, worker, lease_until, due_at, cancel_requested, error_key, error_facts, chat_id, message_id, '
    'created_at, started_at, finished_at, tenant_id'
)


def upgrade() -> None:
    for name, before, _ in INDEXES:
        op.drop_index(name_index(name, before), name)
    for name, old, new in COLUMNS:
        op.execute(f'ALTER TABLE {name} RENAME COLUMN {old} TO {new}')
    for name, _, after in INDEXES:
        op.create_index(name_index(name, after), name, after)
    for old, new in TABLES:
        rename_table(old, new)
    op.execute("UPDATE updates SET state = 'dead_letter' WHERE state = 'aside'")
    rename_in_answers(ANSWER, QUOTE)
    create_tasks()
    move_previews_to_tasks()
    drop_showings()


def downgrade() -> None:
    create_showings()
    move_previews_to_showings()
    op.drop_table('tasks')
    rename_in_answers(invert(ANSWER), invert(QUOTE))
    op.execute("UPDATE updates SET state = 'aside' WHERE state = 'dead_letter'")
    for old, new in TABLES:
        rename_table(new, old)
    for name, _, after in INDEXES:
        op.drop_index(name_index(name, after), name)
    for name, old, new in COLUMNS:
        op.execute(f'ALTER TABLE {name} RENAME COLUMN {new} TO {old}')
    for name, before, _ in INDEXES:
        op.create_index(name_index(name, before), name, before)


def name_index(table: str, columns: list[str]) -> str:
    return f'ix_{table}_{"_".join(columns)}'


def invert(names: dict[str, str]) -> dict[str, str]:
    return {new: old for old, new in names.items()}


def rename_table(old: str, new: str) -> None:
    """Copy the rows into a new table, because the names of the old one's constraints hold its old name."""
    op.create_table(new, *list_columns(new))
    op.execute(f'INSERT INTO {new} SELECT {list_names(new)} FROM {old}')
    op.drop_table(old)


def list_names(table: str) -> str:
    return ', '.join(column.name for column in list_columns(table) if isinstance(column, sa.Column))


def list_columns(table: str) -> list[Any]:
    if table in ('ratings', 'opinions'):
        return [
            sa.Column('question_id', sa.String(length=16), nullable=False),
            sa.Column('good', sa.Boolean(), nullable=False),
            sa.Column('text', sa.String(), nullable=True),
            sa.Column('created_at', db.models.Moment(timezone=True), nullable=False),
            sa.Column('tenant_id', sa.Integer(), nullable=False),
            make_tenant_key(table),
            sa.PrimaryKeyConstraint('question_id', name=op.f(f'pk_{table}')),
        ]
    if table in ('daily_usage', 'spendings'):
        return [
            sa.Column('tenant_id', sa.Integer(), nullable=False),
            sa.Column('day', sa.Date(), nullable=False),
            sa.Column('answers', sa.Integer(), nullable=False),
            sa.Column('tokens_in', sa.BigInteger(), nullable=False),
            sa.Column('tokens_out', sa.BigInteger(), nullable=False),
            sa.Column('seconds', sa.Double(), nullable=False),
            make_tenant_key(table),
            sa.PrimaryKeyConstraint('tenant_id', 'day', name=op.f(f'pk_{table}')),
        ]
    return [
        sa.Column('day', sa.Date(), nullable=False),
        sa.Column('outcome', sa.String(length=12), nullable=False),
        sa.Column('count', sa.Integer(), nullable=False),
        sa.Column('seconds', sa.Double(), nullable=False),
        sa.PrimaryKeyConstraint('day', 'outcome', name=op.f(f'pk_{table}')),
    ]


def make_tenant_key(table: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint(
        ['tenant_id'], ['tenants.id'], name=op.f(f'fk_{table}_tenant_id_tenants'), ondelete='CASCADE'
    )


def list_work_columns(table: str, token: str, deliver_at: str) -> list[Any]:
    """The columns that every table of claimable work has."""
    return [
        sa.Column('id', sa.String(length=16), nullable=False),
        sa.Column('state', sa.String(length=12), nullable=False),
        sa.Column(token, sa.Integer(), nullable=False),
        sa.Column('attempts', sa.Integer(), nullable=False),
        sa.Column('worker', sa.String(length=64), nullable=True),
        sa.Column('lease_until', db.models.Moment(timezone=True), nullable=True),
        sa.Column('due_at', db.models.Moment(timezone=True), nullable=False),
        sa.Column('cancel_requested', sa.Boolean(), nullable=False),
        sa.Column('error_key', sa.String(length=64), nullable=True),
        sa.Column('error_facts', sa.JSON(), nullable=False),
        sa.Column('chat_id', sa.BigInteger(), nullable=False),
        sa.Column('message_id', sa.BigInteger(), nullable=True),
        sa.Column(deliver_at, db.models.Moment(timezone=True), nullable=True),
        sa.Column('created_at', db.models.Moment(timezone=True), nullable=False),
        sa.Column('started_at', db.models.Moment(timezone=True), nullable=True),
        sa.Column('finished_at', db.models.Moment(timezone=True), nullable=True),
        sa.Column('tenant_id', sa.Integer(), nullable=False),
        make_tenant_key(table),
        sa.PrimaryKeyConstraint('id', name=op.f(f'pk_{table}')),
    ]


def create_tasks() -> None:
    op.create_table(
        'tasks',
        sa.Column('kind', sa.String(length=20), nullable=False),
        sa.Column('subject', sa.String(length=40), nullable=False),
        sa.Column('arguments', sa.JSON(), nullable=False),
        sa.Column('result', sa.JSON(), nullable=False),
        *list_work_columns('tasks', 'fencing_token', 'deliver_at'),
    )
    op.create_index('ix_tasks_tenant_id_kind_subject', 'tasks', ['tenant_id', 'kind', 'subject'], unique=True)
    op.create_index('ix_tasks_state_due_at', 'tasks', ['state', 'due_at'])
    op.create_index('ix_tasks_deliver_at', 'tasks', ['deliver_at'])


def create_showings() -> None:
    op.create_table(
        'showings',
        sa.Column('question_id', sa.String(length=16), nullable=False),
        sa.Column('number', sa.Integer(), nullable=False),
        *list_work_columns('showings', 'fence', 'tell_at'),
    )
    op.create_index('ix_showings_state_due_at', 'showings', ['state', 'due_at'])
    columns = ['tenant_id', 'question_id', 'number']
    op.create_index('ix_showings_tenant_id_question_id_number', 'showings', columns, unique=True)


def drop_showings() -> None:
    op.drop_table('showings')


def move_previews_to_tasks() -> None:
    connection = op.get_bind()
    columns = f'fence, tell_at, question_id, number, {QUEUE_COLUMNS}'
    moved = ('fence', 'tell_at', 'question_id', 'number')
    for row in connection.execute(sa.text(f'SELECT {columns} FROM showings')).mappings().all():
        stored = {name: value for name, value in row.items() if name not in moved}
        stored |= {
            'fencing_token': row['fence'],
            'deliver_at': row['tell_at'],
            'kind': 'citation_preview',
            'subject': f"{row['question_id']}:{row['number']}",
            'arguments': json.dumps({'question_id': row['question_id'], 'number': row['number']}),
            'result': '{}',
            'error_facts': encode_json(row['error_facts']),
        }
        insert_row(connection, 'tasks', stored)


def move_previews_to_showings() -> None:
    """Drop all other tasks, for which the earlier schema has no table; their owners may ask again."""
    connection = op.get_bind()
    columns = f'fencing_token, deliver_at, subject, {QUEUE_COLUMNS}'
    rows = connection.execute(sa.text(f"SELECT {columns} FROM tasks WHERE kind = 'citation_preview'")).mappings().all()
    for row in rows:
        stored = {name: value for name, value in row.items() if name not in ('fencing_token', 'deliver_at', 'subject')}
        question_id, _, number = row['subject'].rpartition(':')
        stored |= {
            'fence': row['fencing_token'],
            'tell_at': row['deliver_at'],
            'question_id': question_id,
            'number': int(number),
            'error_facts': encode_json(row['error_facts']),
        }
        insert_row(connection, 'showings', stored)


def encode_json(value: Any) -> str:
    """Return ``value`` as JSON text. A column read without its type comes as text from SQLite, decoded from PostgreSQL."""
    return value if isinstance(value, str) else json.dumps(value)


def insert_row(connection: sa.Connection, table: str, values: dict[str, Any]) -> None:
    names = ', '.join(values)
    connection.execute(sa.text(f'INSERT INTO {table} ({names}) VALUES ({", ".join(f":{name}" for name in values)})'), values)


def rename_in_answers(answer: dict[str, str], quote: dict[str, str]) -> None:
    """Rename fields in the JSON of stored answers; questions are kept for a day only, so there are few."""
    connection = op.get_bind()
    questions = sa.table('questions', sa.column('id', sa.String), sa.column('answer', sa.JSON))
    for row in connection.execute(sa.select(questions.c.id, questions.c.answer)).all():
        if not row.answer:
            continue
        renamed = {answer.get(name, name): value for name, value in row.answer.items()}
        renamed['quotes'] = [
            {quote.get(name, name): value for name, value in one.items()} for one in renamed.get('quotes', ())
        ]
        connection.execute(sa.update(questions).where(questions.c.id == row.id).values(answer=renamed))
