"""Every model of consent, of references and of how they are made, by topic."""

from enrollment.models.assessments import ImpactAssessment
from enrollment.models.consent import ConsentEvent, Declared, Notice, PaperAnswer, PaperScan, Permit, Purpose, Receipt
from enrollment.models.galleries import GalleryVersion, LookAlike
from enrollment.models.holds import Hold
from enrollment.models.notifications import Exemption, Notification
from enrollment.models.readers import Acceptance, Renewal
from enrollment.models.references import Reference, ReferenceCiphertext
from enrollment.models.sittings import ChildAnswer, EnrollmentAttempt, EnrollmentSession
from enrollment.models.standings import ConsentStanding, PolicyInForce, State

__all__ = [
    "Acceptance",
    "ChildAnswer",
    "ConsentEvent",
    "ConsentStanding",
    "Declared",
    "EnrollmentAttempt",
    "EnrollmentSession",
    "Exemption",
    "GalleryVersion",
    "Hold",
    "ImpactAssessment",
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
    "State",
]
