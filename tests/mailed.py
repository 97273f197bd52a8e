"""The codes that the product mails, as whoever reads the mails finds them."""

from __future__ import annotations

import re

from django.core import mail

CODE = re.compile(r"^[B-DF-HJ-NP-TV-XZ]{4}-[B-DF-HJ-NP-TV-XZ]{4}$", re.MULTILINE)
"""Eight letters without vowels, on a line of their own."""


def codes_sent_to(email: str) -> list[str]:
    """Return every code that was mailed to an address, the newest last."""
    return [code for letter in mail.outbox if letter.to == [email.lower()] for code in CODE.findall(str(letter.body))]


def code_sent_to(email: str) -> str:
    """Return the newest code that was mailed to an address."""
    return codes_sent_to(email)[-1]
