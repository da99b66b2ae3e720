"""The tenant behind a Telegram user."""

from __future__ import annotations

from db.models import Tenant
from db.operations import outbox
from db.operations.upkeep import accounts
from errors import BeingErased
from processing.services import Services
from processing.tenants.erasure import is_erasing


def is_known(services: Services, telegram_id: int) -> bool:
    """Return True if something is kept of the Telegram user."""
    with services.database.upkeep(reading=True) as session:
        return accounts.find_tenant(session, telegram_id) is not None


def get_tenant(services: Services, telegram_id: int, language: str) -> Tenant:
    """Return the tenant of a Telegram user, created if there is none.

    Nothing is written if the tenant exists, has this ``language`` and is not marked as unreachable. While everything of
    the tenant is being deleted, raise ``BeingErased``.
    """
    with services.database.upkeep(reading=True) as session:
        known = accounts.find_tenant(session, telegram_id)
        if known is not None and is_erasing(session, known.id):
            raise BeingErased
    if known is not None and known.unreachable_at is not None:
        deliver_kept(services, known)
    if known is not None and known.language == language and known.unreachable_at is None:
        return known
    with services.database.upkeep() as session:
        return accounts.ensure_tenant(session, telegram_id, language, services.clock())


def deliver_kept(services: Services, tenant: Tenant) -> None:
    """Let the messages be delivered that were kept while the person had closed the chat."""
    with services.database.tenant(tenant.id) as session:
        outbox.open_chats(session, tenant.id, services.bot_id, services.clock())
    services.wake_outbox()
