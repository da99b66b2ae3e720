"""Create the outbox, move outcomes that are not delivered into it, and add the bot to rows of work."""

from __future__ import annotations

import hashlib
import json
from typing import Any

import sqlalchemy as sa
from alembic import op

import db.models

revision = '0010'
down_revision = '0009'
branch_labels = None
depends_on = None

WORK = ('documents', 'questions', 'tasks')
# What the message about a document that is over shows; its row is deleted here.
SHOWN = 'id, tenant_id, chat_id, message_id, name, kind, size_bytes, state, error_key, error_facts'
MOVE = sa.text(
    'INSERT INTO outbox (id, tenant_id, bot_id, kind, subject, content, chat_id, message_id, parts_sent, state, '
    "attempts, fencing_token, due_at, created_at) VALUES (:id, :tenant_id, 0, :kind, :subject, :content, :chat_id, "
    ":message_id, 0, 'waiting', 0, 0, :due_at, :due_at)"
).bindparams(sa.bindparam('due_at', type_=db.models.Moment()), sa.bindparam('content', type_=sa.JSON()))


def upgrade() -> None:
    create_outbox()
    for table in WORK:
        op.add_column(table, sa.Column('bot_id', sa.BigInteger(), nullable=False, server_default='0'))
        move_undelivered(table)
    drop_ended()
    for table in WORK:
        op.drop_index(f'ix_{table}_deliver_at', table)
        op.execute(f'ALTER TABLE {table} DROP COLUMN deliver_at')


def downgrade() -> None:
    for table in WORK:
        op.add_column(table, sa.Column('deliver_at', db.models.Moment(timezone=True), nullable=True))
        op.create_index(f'ix_{table}_deliver_at', table, ['deliver_at'])
        op.execute(
            f'UPDATE {table} SET deliver_at = (SELECT min(due_at) FROM outbox WHERE outbox.subject = {table}.id '
            f"AND outbox.tenant_id = {table}.tenant_id) WHERE state NOT IN ('queued', 'working')"
        )
        op.execute(f'ALTER TABLE {table} DROP COLUMN bot_id')
    op.drop_table('outbox')


def create_outbox() -> None:
    op.create_table(
        'outbox',
        sa.Column('id', sa.String(length=16), nullable=False),
        sa.Column('bot_id', sa.BigInteger(), nullable=False),
        sa.Column('kind', sa.String(length=20), nullable=False),
        sa.Column('subject', sa.String(length=40), nullable=False),
        sa.Column('content', sa.JSON(), nullable=False),
        sa.Column('chat_id', sa.BigInteger(), nullable=False),
        sa.Column('message_id', sa.BigInteger(), nullable=True),
        sa.Column('parts_sent', sa.Integer(), nullable=False),
        sa.Column('state', sa.String(length=12), nullable=False),
        sa.Column('attempts', sa.Integer(), nullable=False),
        sa.Column('problem', sa.String(length=64), nullable=True),
        sa.Column('fencing_token', sa.Integer(), nullable=False),
        sa.Column('lease_until', db.models.Moment(timezone=True), nullable=True),
        sa.Column('due_at', db.models.Moment(timezone=True), nullable=False),
        sa.Column('created_at', db.models.Moment(timezone=True), nullable=False),
        sa.Column('tenant_id', sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ['tenant_id'], ['tenants.id'], name=op.f('fk_outbox_tenant_id_tenants'), ondelete='CASCADE'
        ),
        sa.PrimaryKeyConstraint('id', name=op.f('pk_outbox')),
    )
    op.create_index(op.f('ix_outbox_bot_id_state_due_at'), 'outbox', ['bot_id', 'state', 'due_at'])
    op.create_index(op.f('ix_outbox_tenant_id_subject'), 'outbox', ['tenant_id', 'subject'])
    op.create_index(op.f('ix_outbox_chat_id_lease_until'), 'outbox', ['chat_id', 'lease_until'])


def move_undelivered(table: str) -> None:
    """Create a message for each row whose outcome is not delivered; it is rendered from the row, if that is kept."""
    kind = {'documents': "'document'", 'questions': "'question'", 'tasks': 'kind'}[table]
    found = sa.text(
        f'SELECT id, tenant_id, {kind} AS outbox_kind, chat_id, message_id, deliver_at FROM {table} '
        "WHERE deliver_at IS NOT NULL AND state NOT IN ('queued', 'working')"
    ).columns(deliver_at=db.models.Moment())
    for row in op.get_bind().execute(found).mappings().all():
        subject = str(row['id'])
        values = {name: row[name] for name in ('tenant_id', 'chat_id', 'message_id')}
        content = describe_ended(subject) if table == 'documents' else {}
        op.get_bind().execute(
            MOVE,
            values
            | {
                'id': hashlib.sha256(f'outbox/{subject}'.encode()).hexdigest()[:16],
                'kind': row['outbox_kind'],
                'subject': subject,
                'content': content,
                'due_at': row['deliver_at'],
            },
        )


def describe_ended(document_id: str) -> dict[str, Any]:
    """Return what is shown of a document that is over, or nothing for one whose row is kept."""
    found = sa.text(f'SELECT {SHOWN} FROM documents WHERE id = :id').columns(error_facts=sa.JSON())
    row = dict(op.get_bind().execute(found, {'id': document_id}).mappings().one())
    if not is_over(row):
        return {}
    language = op.get_bind().execute(sa.text('SELECT language FROM tenants WHERE id = :id'), {'id': row['tenant_id']})
    return row | {'language': language.scalar_one()}


def drop_ended() -> None:
    """Delete the rows of documents that are over, and of tasks whose failure is delivered."""
    found = sa.text("SELECT id, state, error_facts FROM documents WHERE state IN ('cancelled', 'failed')")
    rows = op.get_bind().execute(found.columns(error_facts=sa.JSON())).mappings().all()
    for row in rows:
        if is_over(dict(row)):
            op.get_bind().execute(sa.text('DELETE FROM documents WHERE id = :id'), {'id': row['id']})
    op.execute("DELETE FROM tasks WHERE state NOT IN ('queued', 'working') AND deliver_at IS NULL")


def is_over(row: dict[str, Any]) -> bool:
    facts = row['error_facts']
    facts = json.loads(facts) if isinstance(facts, str) else facts or {}
    return row['state'] == 'cancelled' or (row['state'] == 'failed' and not facts.get('retryable'))
