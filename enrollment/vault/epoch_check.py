"""A numbered check for who opens references: campus.E020, the epoch file is missing or the root key isn't its."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.apps import AppConfig
from django.conf import settings
from django.core import checks
from django.core.checks import CheckMessage, Error

from campus import sealing
from enrollment.vault import epoch_file

HINT = 'See "Keys" in docs/operations.md.'


def epoch_file_opens(app_configs: Sequence[AppConfig] | None, **kwargs: Any) -> list[CheckMessage]:
    """Refuse to start where no reference could be opened, made or destroyed."""
    try:
        epoch_file.read()
    except sealing.Tampered:
        words = f"VAULT_ROOT_KEY is not the key of {settings.VAULT_EPOCH_FILE}"
    except OSError as error:
        words = f"{settings.VAULT_EPOCH_FILE} can't be read: {error.strerror}"
    except (ValueError, KeyError):
        words = f"{settings.VAULT_EPOCH_FILE} is no epoch file"
    else:
        return []
    return [Error(words, hint=HINT, id="campus.E020")]


def register() -> None:
    """Register the check with Django."""
    checks.register(epoch_file_opens)
