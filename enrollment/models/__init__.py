"""Every model of consent, of references and of how they are made, by topic."""

from enrollment.models.assessments import ImpactAssessment
from enrollment.models.consent import ConsentEvent, Declared, Notice, PaperAnswer, PaperScan, Permit, Purpose, Receipt
from enrollment.models.disclosures import Disclosable, Disclosure, DisclosureStudent, Instrument
from enrollment.models.galleries import GalleryVersion, LookAlike
from enrollment.models.holds import Hold
from enrollment.models.notifications import Exemption, Notification
from enrollment.models.readers import Acceptance, Renewal
from enrollment.models.references import Reference, ReferenceCiphertext
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
    "Exemption",
    "GalleryVersion",
    "Hold",
    "ImpactAssessment",
    "Instrument",
    "LookAlike",
    "Notice",
    "Notification",
    "PaperAnswer",
    "PaperScan",
    "Permit",
    "PolicyInForce",
    "Purpose",
    "Receipt",
    "Reference",
    "ReferenceCiphertext",
    "Renewal",
    "RequestMessage",
    "State",
    "SubjectRequest",
]
