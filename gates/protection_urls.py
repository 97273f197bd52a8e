"""The data protection officer's page that needs the gates."""

from django.urls import path

from gates import protection_figures

urlpatterns = [path("figures/", protection_figures.figures, name="protection_figures")]
