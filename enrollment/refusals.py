"""Why the data protection pages don't do something, as one sentence a reason."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

WORDS = {
    "not_a_guardian": _("Only a guardian of this child asks this."),
    "no_kind": _("Choose what it is about."),
    "no_words": _("Write what you want to say."),
    "long_words": _("Write at most 4,000 letters."),
    "not_officer": _("Only the data protection officer does this."),
    "not_theirs": _("Only the data protection officer does this."),
    "own_child": _("You are a guardian of this child. Please ask a colleague to do this."),
    "already": _("This has been done already."),
    "closed": _("This is closed. Ask anew."),
    "not_answered": _("Answer it first."),
    "no_outcome": _("Choose how it ended."),
    "not_writer": _("Only an administrator or the data protection officer does this."),
    "not_your_draft": _("Somebody else has begun a draft. Only who began it changes it."),
    "long_part": _("Write at most 8,000 letters in each part."),
    "not_draft": _("This is no draft any more."),
    "changed": _("This has changed since you opened the page. Read it again."),
    "not_administrator": _("Only an administrator approves it."),
    "not_whole": _("A part is still empty."),
    "own_words": _("Who wrote a part of it does not approve it. Ask another administrator."),
    "bad_day": _("Choose another day."),
    "no_asker": _("Say who asks."),
    "no_wish": _("Write what was asked for, in at most 4,000 letters."),
    "silent_why": _("Where the family is not told, write what forbids it, and until when."),
    "foreign_student": _("This is no student of this school."),
    "not_open": _("This has been decided already."),
    "has_scan": _("There is a scan already."),
    "no_scan": _("Add the scan of the order or request: a PDF, JPEG or PNG file."),
    "large_scan": _("The scan has more than 5 MB. Make it smaller."),
    "same_person": _("The second person must be somebody else. Please ask a colleague to confirm it."),
    "not_allowing": _("Only the head and the data protection officer decide this."),
    "not_both": _("Two people have to allow it first."),
}


class Refused(Exception):
    """An act of data protection isn't done; `words` say why to a person."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason

    @property
    def words(self) -> str:
        return str(WORDS[self.reason])
