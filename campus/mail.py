"""Letters by e-mail: a subject, a text and the same in HTML, in the reader's language, naming nothing secret.

A letter `x` is the three templates `mail/x_subject.txt`, `mail/x.txt` and `mail/x.html`.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.core.mail import EmailMultiAlternatives
from django.template.loader import render_to_string
from django.utils import translation


def send(letter: str, *, to: str, language: str, context: Mapping[str, Any]) -> None:
    """Write and send one letter."""
    with translation.override(language):
        subject = " ".join(render_to_string(f"mail/{letter}_subject.txt", dict(context)).split())
        message = EmailMultiAlternatives(
            subject, render_to_string(f"mail/{letter}.txt", dict(context)).strip(), to=[to]
        )
        message.attach_alternative(render_to_string(f"mail/{letter}.html", dict(context)), "text/html")
    message.send()
