"""Pages of the data protection officer, and of the administrator who decides with one."""

from django.urls import path

from enrollment import (
    protection,
    protection_assessments,
    protection_disclosures,
    protection_record,
    protection_requests,
)

_DISCLOSURE = "disclosures/<uuid:disclosure>/"

urlpatterns = [
    path("", protection.overview, name="protection"),
    path("expiring/", protection.expiring, name="protection_expiring"),
    path("holds/", protection.holds, name="protection_holds"),
    path("exemptions/", protection.exemptions, name="protection_exemptions"),
    path("not-told/", protection.not_told, name="protection_not_told"),
    path("requests/", protection_requests.listed, name="protection_requests"),
    path("requests/<uuid:asked>/", protection_requests.one, name="protection_request"),
    path("assessment/", protection_assessments.overview, name="protection_assessment"),
    path("assessment/draft/", protection_assessments.draft, name="protection_assessment_draft"),
    path("assessment/<uuid:assessment>/", protection_assessments.read, name="protection_assessment_read"),
    path("disclosures/", protection_disclosures.listed, name="protection_disclosures"),
    path("disclosures/add/", protection_disclosures.add, name="protection_disclosure_add"),
    path(_DISCLOSURE, protection_disclosures.one, name="protection_disclosure"),
    path(_DISCLOSURE + "scan/", protection_disclosures.scan, name="protection_disclosure_scan"),
    path("record/", protection_record.record, name="protection_record"),
]
