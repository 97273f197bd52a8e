"""The office's pages that need the gates: today, who is inside, gates and kiosks."""

from django.urls import path

from gates import office_pages, office_today

urlpatterns = [
    path("today/", office_today.today, name="office_today"),
    path("inside/", office_today.inside, name="office_inside"),
    path("gates/", office_pages.gates, name="office_gates"),
    path("gates/add/", office_pages.add_gate, name="office_gate_add"),
    path("gates/<uuid:gate>/", office_pages.change_gate, name="office_gate"),
    path("gates/<uuid:gate>/kiosks/add/", office_pages.add_kiosk, name="office_kiosk_add"),
    path("kiosks/<uuid:kiosk>/", office_pages.change_kiosk, name="office_kiosk"),
    path("kiosks/<uuid:kiosk>/key/", office_pages.new_key, name="office_kiosk_key"),
    path("kiosks/<uuid:kiosk>/revoke/", office_pages.revoke, name="office_kiosk_revoke"),
]
