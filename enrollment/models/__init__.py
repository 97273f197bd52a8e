"""Every model of consent, of references and of how they are made, by topic."""

from enrollment.models.assessments import ImpactAssessment
from enrollment.models.consent import ConsentEvent, PaperAnswer, PaperScan, Permit, Receipt
from enrollment.models.disclosures import Disclosable, Disclosure, DisclosureStudent, Instrument
from enrollment.models.galleries import GalleryCheck, GalleryVersion, LookAlike
from enrollment.models.holds import Hold
from enrollment.models.notices import Declared, Notice, NoticeDraft, Purpose, Section
from enrollment.models.notifications import Exemption, Notification, Reminder
from enrollment.models.readers import Acceptance, Renewal
from enrollment.models.references import Erasure, Reference, ReferenceCiphertext
from enrollment.models.requests import RequestMessage, SubjectRequest
from enrollment.models.sittings import ChildAnswer, EnrollmentAttempt, EnrollmentSession
from enrollment.models.standings import ConsentStanding, PolicyInForce, State

__all__ = [
    "Acceptance",
    "ChildAnswer",
    "ConsentEvent",
    "ConsentStanding",
    "Declared",
    "Disclosable",
    "Disclosure",
    "DisclosureStudent",
    "EnrollmentAttempt",
    "EnrollmentSession",
    "Erasure",
    "Exemption",
    "GalleryCheck",
    "GalleryVersion",
    "Hold",
    "ImpactAssessment",
    "Instrument",
    "LookAlike",
    "Notice",
    "NoticeDraft",
    "Notification",
    "PaperAnswer",
    "PaperScan",
    "Permit",
    "PolicyInForce",
    "Purpose",
    "Receipt",
    "Reference",
    "ReferenceCiphertext",
    "Reminder",
    "Renewal",
    "RequestMessage",
    "Section",
    "State",
    "SubjectRequest",
]
