"""Pages of a family. A link in a mail or a message changes nothing: answers are sent, never followed."""

from django.urls import path

from enrollment import family

urlpatterns = [
    path("", family.children, name="family"),
    path("<uuid:student>/", family.child, name="family_child"),
    path("<uuid:student>/answer/", family.answer, name="family_answer"),
    path("<uuid:student>/withdraw/", family.withdraw, name="family_withdraw"),
]
