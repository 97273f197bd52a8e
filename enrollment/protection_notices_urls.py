"""Pages of the data protection officer about notices."""

from django.urls import path

from enrollment import protection_notices

urlpatterns = [
    path("", protection_notices.overview, name="protection_notices"),
    path("<slug:purpose>/check/", protection_notices.check, name="protection_notice_check"),
    path("<slug:purpose>/versions/", protection_notices.versions, name="protection_notice_versions"),
    path("<slug:purpose>/<slug:language>/", protection_notices.write, name="protection_notice_write"),
]
