"""Every model of consent, of references and of how they are made, by topic."""

from enrollment.models.consent import ConsentEvent, Notice, PaperAnswer, Permit, Purpose, Receipt
from enrollment.models.galleries import GalleryVersion, LookAlike
from enrollment.models.readers import Acceptance, Renewal
from enrollment.models.references import Erasure, Reference, ReferenceCiphertext
from enrollment.models.sittings import ChildAnswer, EnrollmentAttempt, EnrollmentSession

__all__ = [
    "Acceptance",
    "ChildAnswer",
    "ConsentEvent",
    "EnrollmentAttempt",
    "EnrollmentSession",
    "Erasure",
    "GalleryVersion",
    "LookAlike",
    "Notice",
    "PaperAnswer",
    "Permit",
    "Purpose",
    "Receipt",
    "Reference",
    "ReferenceCiphertext",
    "Renewal",
]
