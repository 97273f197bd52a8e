"""The pages of a class register."""

from django.urls import path

from campus import register_pages as pages

urlpatterns = [
    path("", pages.today, name="register_today"),
    path("week/", pages.week, name="register_week"),
    path("<uuid:register>/", pages.one, name="register_one"),
    path("<uuid:register>/live/", pages.live, name="register_live"),
    path("<uuid:register>/<uuid:student>/", pages.student, name="register_student"),
    path("<uuid:register>/<uuid:student>/undo/", pages.undo, name="register_undo"),
]
