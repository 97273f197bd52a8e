"""Every address of the product; the other apps are named by dotted path only."""

from django.urls import include, path
from django.utils.module_loading import import_string

from campus import views

urlpatterns = [
    path("", views.home, name="home"),
    path("healthz", views.healthz, name="healthz"),
    path("sign-in/", include("campus.sign_in_urls")),
    path("register/", include("campus.register_urls")),
    path("family/", include("enrollment.family_urls")),
    path("office/", include("enrollment.office_urls")),
    path("api/", import_string("gates.views.api").urls),
]
