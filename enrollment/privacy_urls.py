"""The public page about data, of a school."""

from django.urls import path

from enrollment import privacy_page

urlpatterns = [
    path("", privacy_page.privacy, name="privacy"),
    path("<slug:school>/", privacy_page.privacy_of, name="privacy_of"),
]
