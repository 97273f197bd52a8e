"""Pages of a family. A link in a mail or a message changes nothing: answers are sent, never followed."""

from django.urls import path

from enrollment import (
    family,
    family_address,
    family_answer,
    family_download,
    family_join,
    family_records,
    family_requests,
)

urlpatterns = [
    path("", family.children, name="family"),
    path("join/", family_join.join, name="family_join"),
    path("join/code/", family_join.code, name="family_join_code"),
    path("address/", family_address.address, name="family_address"),
    path("address/codes/", family_address.codes, name="family_address_codes"),
    path("receipts/<uuid:receipt>.pdf", family_answer.receipt_pdf_of, name="family_receipt_pdf"),
    path("<uuid:student>/", family.child, name="family_child"),
    path("<uuid:student>/answer/", family_answer.answer, name="family_answer"),
    path("<uuid:student>/check/", family_answer.check, name="family_check"),
    path("<uuid:student>/receipt/", family_answer.receipt, name="family_receipt"),
    path("<uuid:student>/marks/", family_records.marks, name="family_marks"),
    path("<uuid:student>/reads/", family_records.looked, name="family_reads"),
    path("<uuid:student>/download/", family_download.download, name="family_download"),
    path("<uuid:student>/requests/", family_requests.asked, name="family_requests"),
    path("<uuid:student>/requests/ask/", family_requests.ask, name="family_ask"),
    path("<uuid:student>/requests/<uuid:asked>/", family_requests.one, name="family_request"),
    path("<uuid:student>/withdraw/", family.withdraw, name="family_withdraw"),
]
