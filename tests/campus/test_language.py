"""Choosing a language: on every page, in a cookie, for the mails too, and names of any direction within sentences."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from django.conf import settings
from django.core import mail as post
from django.template import Context, Template
from django.test import Client

from campus import addresses, mail
from campus.models import AuditEvent, Person
from campus.templatetags.names import isolate
from enrollment import letters_in_three_languages as letters  # placeholder
