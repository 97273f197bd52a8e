"""Pages of the office about guardians: who they are, their letters, and what comes on paper."""

from django.urls import path

from enrollment import family_office, family_paper

urlpatterns = [
    path("students/<uuid:student>/guardians/", family_office.of_student, name="office_guardians"),
    path("students/<uuid:student>/guardians/letter/", family_office.letter, name="office_letter"),
    path("students/<uuid:student>/guardians/end/", family_office.end, name="office_guardian_end"),
    path("students/<uuid:student>/guardians/works-as/", family_office.works_as, name="office_works_as"),
    path("students/<uuid:student>/guardians/paper/", family_paper.answer, name="office_paper"),
    path("students/<uuid:student>/guardians/address/", family_paper.address, name="office_address"),
    path("papers/<uuid:paper>/scan/", family_paper.scan, name="office_paper_scan"),
    path("waiting/", family_paper.to_decide, name="office_waiting"),
]
