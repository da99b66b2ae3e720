"""Index what periodic statements look for, and create upkeep leases and sketches."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

import db.models

revision = '0013'
down_revision = '0012'
branch_labels = None
depends_on = None

WORKING = "state = 'working'"
# (name, table, columns, condition on PostgreSQL, condition on SQLite)
INDEXES = (
    ('ix_documents_queued', 'documents', ['created_at'], "state = 'queued'", "state = 'queued'"),
    ('ix_documents_working', 'documents', ['tenant_id', 'lease_until'], WORKING, WORKING),
    ('ix_documents_tenant_id_unique_id', 'documents', ['tenant_id', 'unique_id'], None, None),
    ('ix_questions_working', 'questions', ['tenant_id', 'lease_until'], WORKING, WORKING),
    ('ix_questions_created_at', 'questions', ['created_at'], None, None),
    ('ix_citations_tenant_id', 'citations', ['tenant_id'], None, None),
    ('ix_ratings_tenant_id', 'ratings', ['tenant_id'], None, None),
    ('ix_ratings_created_at', 'ratings', ['created_at'], None, None),
    ('ix_daily_usage_day', 'daily_usage', ['day'], None, None),
)


def upgrade() -> None:
    for name, table, columns, postgresql, sqlite in INDEXES:
        if postgresql is None or sqlite is None:
            op.create_index(name, table, columns)
        else:
            op.create_index(
                name, table, columns, postgresql_where=sa.text(postgresql), sqlite_where=sa.text(sqlite)
            )
    op.create_table(
        'upkeep_leases',
        sa.Column('name', sa.String(length=20), nullable=False),
        sa.Column('holder', sa.String(length=64), nullable=False),
        sa.Column('lease_until', db.models.Moment(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint('name', name=op.f('pk_upkeep_leases')),
    )
    op.create_table(
        'sketches',
        sa.Column('document_id', sa.String(length=16), nullable=False),
        sa.Column('format', sa.Integer(), nullable=False),
        sa.Column('words_version', sa.Integer(), nullable=False),
        sa.Column('words', sa.LargeBinary(), nullable=False),
        sa.Column('archive_version', sa.Integer(), nullable=True),
        sa.Column('meaning', sa.LargeBinary(), nullable=True),
        sa.Column('tenant_id', sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ['document_id'], ['documents.id'], name=op.f('fk_sketches_document_id_documents'), ondelete='CASCADE'
        ),
        sa.ForeignKeyConstraint(
            ['tenant_id'], ['tenants.id'], name=op.f('fk_sketches_tenant_id_tenants'), ondelete='CASCADE'
        ),
        sa.PrimaryKeyConstraint('document_id', name=op.f('pk_sketches')),
    )
    op.create_index('ix_sketches_tenant_id', 'sketches', ['tenant_id'])


def downgrade() -> None:
    op.drop_table('sketches')
    op.drop_table('upkeep_leases')
    for name, table, *_ in reversed(INDEXES):
        op.drop_index(name, table)
