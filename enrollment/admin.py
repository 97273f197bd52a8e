"""Consent as it was given, to look at. References and keys are not here at all."""

from django.contrib.admin import register

from campus.admin_site import ReadOnlyAdmin, site
from enrollment.models import ChildAnswer, ConsentEvent


@register(ConsentEvent, site=site)
class ConsentEventAdmin(ReadOnlyAdmin):
    """What guardians answered; the families' own pages are the only way to answer."""

    fields = ("student", "guardian", "kind", "purpose", "method", "at")
    list_display = ("at", "student", "kind", "purpose", "method")
    list_filter = ("kind", "purpose")
    list_select_related = ("student",)
    search_fields = ("student__name", "student__number")
    ordering = ("-at",)


@register(ChildAnswer, site=site)
class ChildAnswerAdmin(ReadOnlyAdmin):
    """What students said themselves."""

    fields = ("student", "kind", "recorded_by", "at")
    list_display = ("at", "student", "kind", "recorded_by")
    list_filter = ("kind",)
    list_select_related = ("student", "recorded_by")
    search_fields = ("student__name", "student__number")
    ordering = ("-at",)
