"""The audit log: events as they happen, payloads beside them, and the chain that seals both."""

from __future__ import annotations

import uuid
from typing import ClassVar

from django.db import models
from django.utils.translation import gettext_lazy as _

from campus.append_only import append_only
from campus.models.people import School, User


class AuditEvent(models.Model):
    """Something that was done, written in the transaction that did it.

    `digest` is SHA-256 over a random salt and the payload, so the chain still verifies after retention
    has emptied the payload, and a guessed payload can't be confirmed.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    school = models.ForeignKey(School, verbose_name=_("School"), on_delete=models.PROTECT, null=True)
    kind = models.CharField(_("What"), max_length=48)
    subject = models.UUIDField(_("About"), null=True, help_text="The person it is about")
    actor = models.ForeignKey(User, verbose_name=_("By"), on_delete=models.PROTECT, null=True)
    at = models.DateTimeField(_("When"))
    digest = models.BinaryField(max_length=32)

    class Meta:
        verbose_name, verbose_name_plural = _("audit event"), _("audit events")
        triggers: ClassVar = append_only()
        indexes: ClassVar = [
            models.Index(fields=("subject", "at"), name="audit_subject_at"),
            models.Index(fields=("actor", "kind", "subject", "at"), name="audit_reads"),
        ]


class AuditPayload(models.Model):
    """What an event says beyond its kind: identifiers and figures only. Retention may empty it."""

    event = models.OneToOneField(AuditEvent, on_delete=models.PROTECT, primary_key=True, related_name="payload")
    salt = models.BinaryField(max_length=16)
    body = models.JSONField()


class AuditSeal(models.Model):
    """The place of one committed event in the chain, given by the one sealing process."""

    number = models.BigIntegerField(primary_key=True)
    event = models.OneToOneField(AuditEvent, on_delete=models.PROTECT, related_name="seal")
    previous = models.BinaryField(max_length=32)
    link = models.BinaryField(max_length=32)

    class Meta:
        triggers: ClassVar = append_only()
