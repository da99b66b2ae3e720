"""Count what is stored for a tenant, and the events that rate limits count."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

import db.models

revision = '0011'
down_revision = '0010'
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Count the original of every document; the reconciler measures the rest of ready ones, whose count stays NULL."""
    op.add_column('documents', sa.Column('stored_bytes', sa.BigInteger(), nullable=True))
    op.execute("UPDATE documents SET stored_bytes = size_bytes WHERE state <> 'ready'")
    op.create_table(
        'events',
        sa.Column('tenant_id', sa.Integer(), nullable=False),
        sa.Column('kind', sa.String(length=12), nullable=False),
        sa.Column('id', sa.String(length=16), nullable=False),
        sa.Column('at', db.models.Moment(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ['tenant_id'], ['tenants.id'], name=op.f('fk_events_tenant_id_tenants'), ondelete='CASCADE'
        ),
        sa.PrimaryKeyConstraint('tenant_id', 'kind', 'id', name=op.f('pk_events')),
    )
    op.create_index('ix_events_at', 'events', ['at'])
    op.create_index('ix_events_tenant_id_kind_at', 'events', ['tenant_id', 'kind', 'at'])
    # What was sent and asked before counts on, so that nobody begins anew with the new version.
    for kind, table in (('upload', 'documents'), ('question', 'questions')):
        op.execute(
            f"INSERT INTO events (tenant_id, kind, id, at) SELECT tenant_id, '{kind}', id, created_at FROM {table}"
        )


def downgrade() -> None:
    op.drop_table('events')
    # Not in a batch: on SQLite that makes the table anew and deletes the citations, which refer to it.
    op.execute('ALTER TABLE documents DROP COLUMN stored_bytes')
