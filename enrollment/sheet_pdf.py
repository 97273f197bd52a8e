"""Draws a sheet of rows and sentences as a PDF: a program of its own, which reads JSON and writes the file.

Reportlab loads a decoder of pictures, and the process that takes uploads has none (`tests/stack/test_processes.py`).

Chinese is written in fonts that every reader of PDFs brings along (Adobe's for Traditional and Simplified Chinese), so
none is shipped; everything else in DejaVu Sans, which comes with matplotlib and is put into the file.
"""

from __future__ import annotations

import json
import re
import sys
from dataclasses import dataclass
from functools import cache
from html import escape
from importlib.util import find_spec
from io import BytesIO
from pathlib import Path

from reportlab.lib.colors import HexColor
from reportlab.lib.pagesizes import A4
from reportlab.lib.styles import ParagraphStyle
from reportlab.lib.units import mm
from reportlab.pdfbase import pdfmetrics
from reportlab.pdfbase.cidfonts import UnicodeCIDFont
from reportlab.pdfbase.ttfonts import TTFont
from reportlab.platypus import Paragraph, SimpleDocTemplate, Spacer, Table

PLAIN, BOLD, TRADITIONAL, SIMPLIFIED = "DejaVuSans", "DejaVuSans-Bold", "MSung-Light", "STSong-Light"
CHINESE = re.compile(
    "[\u2e80-\u9fff\uf900-\ufaff\uff00-\uffef\u2018-\u201d\u2026]*[\u2e80-\u9fff\uf900-\ufaff\uff00-\uffef]+"
)
INK, SOFT, LINE = HexColor("#1c2226"), HexColor("#566069"), HexColor("#d8dbd9")


@dataclass(frozen=True)
class Sheet:
    """What stands on a sheet, in the reader's language."""

    title: str
    number: str
    language: str
    rows: list[tuple[str, str]]
    said: list[str]


def draw(sheet: Sheet) -> bytes:
    """Return a sheet as a PDF."""
    _fonts()
    chinese = sheet.language.startswith("zh")

    def words(text: str, size: int = 10, colour: HexColor = INK, font: str = PLAIN) -> Paragraph:
        return _words(text, _style(size, colour, chinese, font), sheet.language)

    table = Table(
        [[words(name, colour=SOFT), words(value)] for name, value in sheet.rows],
        colWidths=[50 * mm, 111 * mm],
        hAlign="LEFT",
        style=[("LINEBELOW", (0, 0), (-1, -1), 0.5, LINE), *_PADDING],
    )
    page = [
        words("Campus Gate", colour=SOFT),
        words(sheet.title, 18, font=PLAIN if chinese else BOLD),
        Spacer(0, 5 * mm),
        table,
        Spacer(0, 6 * mm),
        *(words(said) for said in sheet.said),
    ]
    made = BytesIO()
    SimpleDocTemplate(
        made,
        pagesize=A4,
        leftMargin=22 * mm,
        rightMargin=22 * mm,
        title=f"{sheet.title} {sheet.number}",
        author="Campus Gate",
        lang=sheet.language,
        invariant=1,
    ).build(page)
    return made.getvalue()


_PADDING = [
    ("LEFTPADDING", (0, 0), (-1, -1), 0),
    ("VALIGN", (0, 0), (-1, -1), "TOP"),
    ("BOTTOMPADDING", (0, 0), (-1, -1), 6),
]


def _style(size: int, colour: HexColor, chinese: bool, font: str = PLAIN) -> ParagraphStyle:
    wrap = {"wordWrap": "CJK"} if chinese else {}
    return ParagraphStyle("", fontName=font, fontSize=size, leading=size * 1.5, textColor=colour, spaceAfter=4, **wrap)


def _words(text: str, style: ParagraphStyle, language: str) -> Paragraph:
    """Return a paragraph in which each run of characters is in a font that has them."""
    bare = "".join(character for character in text if character not in "\u2068\u2069")
    return Paragraph(
        CHINESE.sub(lambda run: f'<font name="{_chinese_font(run[0], language)}">{run[0]}</font>', escape(bare)), style
    )


def _chinese_font(text: str, language: str) -> str:
    """Return the font that has these characters: the Traditional one has few of the Simplified, not the other way."""
    if language == "zh-hans":
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


if __name__ == "__main__":
    sys.stdout.buffer.write(draw(Sheet(**json.load(sys.stdin))))
