"""Every address of the product; the other apps are named by dotted path only."""

from importlib import import_module

from django.urls import include, path
from django.utils.module_loading import import_string

from campus import language, views
from campus.admin_site import site

for app in ("campus", "enrollment", "gates"):
    import_module(f"{app}.admin")  # They register with the one site below; nobody else's admin is served.

urlpatterns = [
    path("", views.home, name="home"),
    path("healthz", views.healthz, name="healthz"),
    path("language/", language.choose, name="language"),
    path("offline/", views.offline, name="offline"),
    path("offline.js", views.offline_worker, name="offline_worker"),
    path("sign-in/", include("campus.sign_in_urls")),
    path("register/", include("campus.register_urls")),
    path("faces/", include("enrollment.faces_urls")),
    path("privacy/", include("enrollment.privacy_urls")),
    path("protection/notices/", include("enrollment.protection_notices_urls")),
    path("family/", include("enrollment.family_urls")),
    path("family/", include("gates.family_pages")),
    path("office/", include("enrollment.office_urls")),
    path("office/", include("gates.office_urls")),
    path("protection/", include("enrollment.protection_urls")),
    path("protection/", include("gates.protection_urls")),
    path("set-up/", site.urls),
    path("kiosk/", include("gates.kiosk_urls")),
    path("office/", include("enrollment.family_office_urls")),
    path("api/", import_string("gates.views.api").urls),
]
