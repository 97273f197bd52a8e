"""The public page about the face reader."""

from django.urls import path

from enrollment import faces_page

urlpatterns = [path("", faces_page.faces, name="faces")]
