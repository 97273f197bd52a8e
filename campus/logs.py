"""Logs that can't carry a child's name, a face, a template or a key.

An exception's message is whatever some library chose to put there: psycopg2 repeats the refused row,
Postgres quotes the value it couldn't read. So a traceback is written with its types and lines and, for
the database's errors, their code and constraint; a message only where the class is one of ours.
"""

from __future__ import annotations

import logging
import logging.config
import sys
import threading
import traceback
from collections.abc import Mapping
from types import TracebackType
from typing import Any

import psycopg2
from django.conf import settings
from django.core.exceptions import ImproperlyConfigured

_OWN_PACKAGES = ("campus", "enrollment", "gates")


class DiscreetFormatter(logging.Formatter):
    """Formats records as others do, but exceptions without their messages."""

    def formatException(self, exc_info: Any) -> str:  # noqa: N802 (the name is logging's)
        return discreet_traceback(exc_info[1])

    def format(self, record: logging.LogRecord) -> str:
        """Format a record; an exception that was passed as an argument is described, not quoted."""
        if isinstance(record.args, tuple):
            record.args = tuple(describe(arg) if isinstance(arg, BaseException) else arg for arg in record.args)
        elif isinstance(record.args, Mapping) and record.exc_info:
            # Celery's words about a failed task: the exception is a text among them by then.
            error = record.exc_info[1]
            record.args = {**record.args, "exc": describe(error) if error else "", "traceback": ""}
        if isinstance(record.msg, BaseException):
            record.msg = describe(record.msg)
        record.exc_text = None
        return super().format(record)


class WithoutTheRequest(logging.Filter):
    """Takes out of gunicorn's words what they quote of a request: a line of it, or the query of its address."""

    def filter(self, record: logging.LogRecord) -> bool:
        if str(record.msg).startswith("Invalid request"):
            record.msg, record.args = str(record.msg).partition(": ")[0], ()
        elif str(record.msg).startswith("Error handling request") and isinstance(record.args, tuple):
            record.args = tuple(str(arg).partition("?")[0] for arg in record.args)
        return True


def describe(error: BaseException) -> str:
    """Return an exception's type and what of it is safe to tell."""
    name = f"{type(error).__module__}.{type(error).__qualname__}"
    if isinstance(error, psycopg2.Error):
        constraint = getattr(error.diag, "constraint_name", None)
        return f"{name} (code {error.pgcode}, constraint {constraint})"
    if isinstance(error, ImproperlyConfigured) or type(error).__module__.split(".")[0] in _OWN_PACKAGES:
        return f"{name}: {error}"
    return name


def discreet_traceback(error: BaseException | None) -> str:
    """Return a traceback, causes included, with each exception described instead of quoted."""
    lines: list[str] = []
    while error is not None:
        frames = "".join(traceback.format_tb(error.__traceback__))
        lines.insert(0, f"Traceback (most recent call last):\n{frames}{describe(error)}")
        error = error.__cause__ or (None if error.__suppress_context__ else error.__context__)
    return "\n\nand then:\n\n".join(lines)


def configure() -> None:
    """Set up logging to standard error, for every process."""
    logging.config.dictConfig(
        {
            "version": 1,
            "disable_existing_loggers": False,
            "formatters": {
                "discreet": {
                    "()": DiscreetFormatter,
                    "format": f"%(asctime)s {settings.PROCESS} %(levelname)s %(name)s: %(message)s",
                }
            },
            "filters": {"without_the_request": {"()": WithoutTheRequest}},
            "handlers": {"stderr": {"class": "logging.StreamHandler", "formatter": "discreet"}},
            "root": {"handlers": ["stderr"], "level": "INFO"},
            "loggers": {
                "celery": {"level": "INFO"},
                "celery.app.trace": {"level": "WARNING"},
                "celery.beat": {"level": "WARNING"},
                "celery.worker.request": {"level": "WARNING"},
                "celery.worker.strategy": {"level": "WARNING"},
                "django.db.backends": {"level": "WARNING"},
                "django.request": {"level": "ERROR"},
                # Here, in the worker, gunicorn has set up its own handler before.
                "gunicorn.error": {
                    "level": "INFO",
                    "handlers": ["stderr"],
                    "filters": ["without_the_request"],
                    "propagate": False,
                },
            },
        }
    )
    if settings.PROCESS != "manage":  # A person at a terminal reads what a command says; a log is kept.
        sys.excepthook = _excepthook
        threading.excepthook = lambda args: _excepthook(args.exc_type, args.exc_value, args.exc_traceback)


def _excepthook(kind: type[BaseException], error: BaseException | None, tb: TracebackType | None) -> None:
    if isinstance(error, KeyboardInterrupt):
        sys.__excepthook__(kind, error, tb)
    else:
        sys.stderr.write(discreet_traceback(error) + "\n")
