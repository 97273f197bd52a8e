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
}


class Refused(Exception):
    """An act of data protection isn't done; `words` say why to a person."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason

    @property
    def words(self) -> str:
        return str(WORDS[self.reason])
