"""Pages of the school office."""

from django.urls import path

from enrollment import office, office_enroll

urlpatterns = [
    path("", office.students, name="office"),
    path("students/<uuid:student>/", office.student_page, name="office_student"),
    path("students/<uuid:student>/enroll/", office_enroll.enroll, name="office_enroll"),
    path("students/<uuid:student>/card/", office.issue_card, name="office_card"),
    path("students/<uuid:student>/card/revoke/", office.revoke_card, name="office_card_revoke"),
]
