"""Create the inbox of updates."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

import db.models

revision = '0002'
down_revision = '0001'
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table('updates',
    sa.Column('bot_id', sa.BigInteger(), autoincrement=False, nullable=False),
    sa.Column('update_id', sa.BigInteger(), autoincrement=False, nullable=False),
    sa.Column('lane', sa.BigInteger(), nullable=False),
    sa.Column('payload', sa.JSON(), nullable=False),
    sa.Column('state', sa.String(length=12), nullable=False),
    sa.Column('attempts', sa.Integer(), nullable=False),
    sa.Column('holder', sa.String(length=64), nullable=True),
    sa.Column('lease_until', db.models.Moment(timezone=True), nullable=True),
    sa.Column('due_at', db.models.Moment(timezone=True), nullable=False),
    sa.Column('received_at', db.models.Moment(timezone=True), nullable=False),
    sa.Column('finished_at', db.models.Moment(timezone=True), nullable=True),
    sa.PrimaryKeyConstraint('bot_id', 'update_id', name=op.f('pk_updates'))
    )
    with op.batch_alter_table('updates', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_updates_state_finished_at'), ['state', 'finished_at'], unique=False)
        batch_op.create_index(batch_op.f('ix_updates_state_lane_update_id'), ['state', 'lane', 'update_id'], unique=False)


def downgrade() -> None:
    with op.batch_alter_table('updates', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_updates_state_lane_update_id'))
        batch_op.drop_index(batch_op.f('ix_updates_state_finished_at'))

    op.drop_table('updates')
