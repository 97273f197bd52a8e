"""The screen at a gate: the page itself, and pairing it with its kiosk."""

from django.urls import path

from gates import kiosk_page

urlpatterns = [
    path("", kiosk_page.kiosk, name="kiosk"),
    path("offline/", kiosk_page.offline, name="kiosk_offline"),
    path("app.webmanifest", kiosk_page.manifest, name="kiosk_manifest"),
    path("pair/", kiosk_page.pair, name="kiosk_pair"),
    path("unpair/", kiosk_page.unpair, name="kiosk_unpair"),
]
