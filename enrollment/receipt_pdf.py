"""A receipt as a PDF, to keep and to print.

Chinese is written in fonts that every reader of PDFs brings along (Adobe's for Traditional and Simplified Chinese), so
none is shipped; everything else in DejaVu Sans, which comes with matplotlib and is put into the file.
"""

from __future__ import annotations

import re
from functools import cache
from html import escape
from importlib.util import find_spec
from io import BytesIO
from pathlib import Path

from django.utils.translation import get_language
from django.utils.translation import gettext as _
from reportlab.lib.colors import HexColor
from reportlab.lib.pagesizes import A4
from reportlab.lib.styles import ParagraphStyle
from reportlab.lib.units import mm
from reportlab.pdfbase import pdfmetrics
from reportlab.pdfbase.cidfonts import UnicodeCIDFont
from reportlab.pdfbase.ttfonts import TTFont
from reportlab.platypus import Paragraph, SimpleDocTemplate, Spacer, Table

from enrollment import receipts
from enrollment.models import Receipt

PLAIN, BOLD, TRADITIONAL, SIMPLIFIED = "DejaVuSans", "DejaVuSans-Bold", "MSung-Light", "STSong-Light"
CHINESE = re.compile(
    "[\u2e80-\u9fff\uf900-\ufaff\uff00-\uffef\u2018-\u201d\u2026]*[\u2e80-\u9fff\uf900-\ufaff\uff00-\uffef]+"
)
INK, SOFT, LINE = HexColor("#1c2226"), HexColor("#566069"), HexColor("#d8dbd9")


def draw(receipt: Receipt) -> bytes:
    """Return a receipt as a PDF in the reader's language."""
    _fonts()
    chinese = (get_language() or "en").startswith("zh")
    style = _style(10, INK, chinese)
    title = _("Your receipt") if receipt.cause == Receipt.Cause.ANSWER else _("The face template was destroyed")
    rows = [
        [_words(row.name, _style(10, SOFT, chinese)), _words(row.value, style)] for row in receipts.evidence(receipt)
    ]
    table = Table(
        rows,
        colWidths=[50 * mm, 111 * mm],
        hAlign="LEFT",
        style=[("LINEBELOW", (0, 0), (-1, -1), 0.5, LINE), *_PADDING],
    )
    page = [
        _words("Campus Gate", _style(10, SOFT, chinese)),
        _words(title, _style(18, INK, chinese, PLAIN if chinese else BOLD)),
        Spacer(0, 5 * mm),
        table,
        Spacer(0, 6 * mm),
        *(_words(said, style) for said in _said(receipt)),
    ]
    made = BytesIO()
    SimpleDocTemplate(
        made,
        pagesize=A4,
        leftMargin=22 * mm,
        rightMargin=22 * mm,
        title=f"{title} {receipt.number}",
        author="Campus Gate",
        lang=get_language() or "en",
        invariant=1,
    ).build(page)
    return made.getvalue()


_PADDING = [
    ("LEFTPADDING", (0, 0), (-1, -1), 0),
    ("VALIGN", (0, 0), (-1, -1), "TOP"),
    ("BOTTOMPADDING", (0, 0), (-1, -1), 6),
]


def _said(receipt: Receipt) -> list[str]:
    gone = [_("The face template is gone. It cannot be used or brought back.")] if receipt.destroyed else []
    change = _("You can change your answer at any time: sign in on the school’s page. You need not say why.")
    return [*gone, *filter(None, [receipts.what_next(receipt)]), change]


def _style(size: int, colour: HexColor, chinese: bool, font: str = PLAIN) -> ParagraphStyle:
    wrap = {"wordWrap": "CJK"} if chinese else {}
    return ParagraphStyle("", fontName=font, fontSize=size, leading=size * 1.5, textColor=colour, spaceAfter=4, **wrap)


def _words(text: str, style: ParagraphStyle) -> Paragraph:
    """Return a paragraph in which each run of characters is in a font that has them."""
    bare = "".join(character for character in text if character not in "\u2068\u2069")
    return Paragraph(
        CHINESE.sub(lambda run: f'<font name="{_chinese_font(run[0])}">{run[0]}</font>', escape(bare)), style
    )


def _chinese_font(text: str) -> str:
    """Return the font that has these characters: the Traditional one has few of the Simplified, not the other way."""
    if get_language() == "zh-hans":
        return SIMPLIFIED
    try:
        text.encode("big5hkscs")
    except UnicodeEncodeError:
        return SIMPLIFIED
    return TRADITIONAL


@cache
def _fonts() -> None:
    found = find_spec("matplotlib")
    assert found is not None
    assert found.origin is not None
    folder = Path(found.origin).parent / "mpl-data" / "fonts" / "ttf"
    for name in (PLAIN, BOLD):
        pdfmetrics.registerFont(TTFont(name, folder / f"{name}.ttf"))
    pdfmetrics.registerFont(UnicodeCIDFont(SIMPLIFIED))
    traditional = UnicodeCIDFont(TRADITIONAL)
    traditional.encodingName = (
        "UniCNS-UCS2-H"  # reportlab names the encoding of the Simplified font, which it can't use.
    )
    pdfmetrics.registerFont(traditional)
