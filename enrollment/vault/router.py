"""Keeps the keys in their own database and everything else out of it."""

from __future__ import annotations

from typing import Any

from django.db.models import Model


class KeysRouter:
    """Sends the vault's models to the `keys` database, for reading, writing and migrating."""

    def db_for_read(self, model: type[Model], **hints: Any) -> str | None:
        return "keys" if model._meta.app_label == "vault" else None

    db_for_write = db_for_read

    def allow_relation(self, one: Model, other: Model, **hints: Any) -> bool | None:
        return (one._meta.app_label == "vault") == (other._meta.app_label == "vault")

    def allow_migrate(self, db: str, app_label: str, **hints: Any) -> bool:
        return (db == "keys") == (app_label == "vault")
