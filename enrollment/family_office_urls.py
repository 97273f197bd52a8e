"""Pages of the office about families: guardians, letters, what comes on paper, and what stands in the way."""

from django.urls import path

from enrollment import family_office, family_paper, office_consent, office_told

urlpatterns = [
    path("students/<uuid:student>/consent/", office_consent.of_student, name="office_consent"),
    path("students/<uuid:student>/said-no/", office_consent.said_no, name="said_no"),
    path("students/<uuid:student>/guardians/", family_office.of_student, name="office_guardians"),
    path("students/<uuid:student>/guardians/letter/", family_office.letter, name="office_letter"),
    path("students/<uuid:student>/guardians/end/", family_office.end, name="office_guardian_end"),
    path("students/<uuid:student>/guardians/works-as/", family_office.works_as, name="office_works_as"),
    path("students/<uuid:student>/guardians/student/", family_office.student_alone, name="office_student_alone"),
    path("students/<uuid:student>/guardians/paper/", family_paper.answer, name="office_paper"),
    path("students/<uuid:student>/guardians/address/", family_paper.address, name="office_address"),
    path("not-told/", office_told.not_told, name="office_not_told"),
    path("papers/<uuid:paper>/scan/", family_paper.scan, name="office_paper_scan"),
    path("waiting/", family_paper.to_decide, name="office_waiting"),
]
