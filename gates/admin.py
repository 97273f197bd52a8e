"""Passages, to look at: without distances, which would help whoever tries to get close."""

from django.contrib.admin import register

from campus.admin_site import ReadOnlyAdmin, site
from gates.models import Passage


@register(Passage, site=site)
class PassageAdmin(ReadOnlyAdmin):
    """Who passed where, and who was refused and why."""

    fields = ("occurred_at", "gate", "person", "direction", "outcome", "reason")
    list_display = ("occurred_at", "gate", "person", "direction", "outcome", "reason")
    list_filter = ("outcome", "direction")
    list_select_related = ("gate", "person")
    search_fields = ("person__name", "person__number")
    ordering = ("-occurred_at",)
