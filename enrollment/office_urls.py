"""Pages of the school office, and the witness's."""

from django.urls import path

from enrollment import office, office_cards, office_enroll, office_faces, office_look_alikes, office_people, witness

_STUDENT = "students/<uuid:student>/"
_PERSON = "people/<uuid:student>/"

urlpatterns = [
    path("", office.people, name="office"),
    path("witness/", witness.witness, name="office_witness"),
    path("faces/", office_faces.faces, name="office_faces"),
    path("look-alikes/", office_look_alikes.look_alike_pairs, name="office_look_alikes"),
    path("cards/", office_cards.classes, name="office_cards"),
    path("cards/classes/<uuid:group>/", office_cards.issue_for_class, name="office_class_cards"),
    path("cards/batches/<uuid:batch>/undo/", office_cards.undo_batch, name="office_batch_undo"),
    path(_STUDENT, office.student_page, name="office_student"),
    path(_STUDENT + "enroll/", office_enroll.enroll, name="office_enroll"),
    path(_STUDENT + "enroll/begin/", office_enroll.begin, name="office_enroll_begin"),
    path(_STUDENT + "enroll/answer/", office_enroll.answer, name="office_enroll_answer"),
    path(_STUDENT + "child-said-no/", office_enroll.child_refused, name="office_child_refused"),
    path(_STUDENT + "card/", office_cards.issue, name="office_card"),
    path(_STUDENT + "card/revoke/", office_cards.revoke, name="office_card_revoke"),
    path("people/add/", office_people.add, name="office_person_add"),
    path(_PERSON, office.person_page, name="office_person"),
    path(_PERSON + "change/", office_people.change, name="office_person_change"),
    path(_PERSON + "left/", office_people.leave, name="office_person_left"),
    path(_PERSON + "back/", office_people.come_back, name="office_person_back"),
]
