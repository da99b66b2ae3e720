"""Create citations and the queue of citations to show."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

import db.models

revision = '0003'
down_revision = '0002'
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table('showings',
    sa.Column('question_id', sa.String(length=16), nullable=False),
    sa.Column('number', sa.Integer(), nullable=False),
    sa.Column('id', sa.String(length=16), nullable=False),
    sa.Column('state', sa.String(length=12), nullable=False),
    sa.Column('fence', sa.Integer(), nullable=False),
    sa.Column('attempts', sa.Integer(), nullable=False),
    sa.Column('worker', sa.String(length=64), nullable=True),
    sa.Column('lease_until', db.models.Moment(timezone=True), nullable=True),
    sa.Column('due_at', db.models.Moment(timezone=True), nullable=False),
    sa.Column('cancel_requested', sa.Boolean(), nullable=False),
    sa.Column('error_key', sa.String(length=64), nullable=True),
    sa.Column('error_facts', sa.JSON(), nullable=False),
    sa.Column('chat_id', sa.BigInteger(), nullable=False),
    sa.Column('message_id', sa.BigInteger(), nullable=True),
    sa.Column('tell_at', db.models.Moment(timezone=True), nullable=True),
    sa.Column('created_at', db.models.Moment(timezone=True), nullable=False),
    sa.Column('started_at', db.models.Moment(timezone=True), nullable=True),
    sa.Column('finished_at', db.models.Moment(timezone=True), nullable=True),
    sa.Column('tenant_id', sa.Integer(), nullable=False),
    sa.ForeignKeyConstraint(['tenant_id'], ['tenants.id'], name=op.f('fk_showings_tenant_id_tenants'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_showings'))
    )
    with op.batch_alter_table('showings', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_showings_state_due_at'), ['state', 'due_at'], unique=False)
        batch_op.create_index(batch_op.f('ix_showings_tenant_id_question_id_number'), ['tenant_id', 'question_id', 'number'], unique=True)

    op.create_table('citations',
    sa.Column('question_id', sa.String(length=16), nullable=False),
    sa.Column('number', sa.Integer(), nullable=False),
    sa.Column('document_id', sa.String(length=16), nullable=False),
    sa.Column('passage_index', sa.Integer(), nullable=False),
    sa.Column('fence', sa.Integer(), nullable=False),
    sa.Column('mark_start', sa.Integer(), nullable=False),
    sa.Column('mark_end', sa.Integer(), nullable=False),
    sa.Column('tenant_id', sa.Integer(), nullable=False),
    sa.ForeignKeyConstraint(['document_id'], ['documents.id'], name=op.f('fk_citations_document_id_documents'), ondelete='CASCADE'),
    sa.ForeignKeyConstraint(['tenant_id'], ['tenants.id'], name=op.f('fk_citations_tenant_id_tenants'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('question_id', 'number', name=op.f('pk_citations'))
    )
    with op.batch_alter_table('citations', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_citations_document_id'), ['document_id'], unique=False)


def downgrade() -> None:
    with op.batch_alter_table('citations', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_citations_document_id'))

    op.drop_table('citations')
    with op.batch_alter_table('showings', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_showings_tenant_id_question_id_number'))
        batch_op.drop_index(batch_op.f('ix_showings_state_due_at'))

    op.drop_table('showings')
