"""Who is at Harbour Road, and when it is: invented people, on a Wednesday at eight minutes to nine."""

from __future__ import annotations

from datetime import UTC, datetime

NOW = datetime(2026, 3, 4, 8, 52, tzinfo=UTC)


CLASS_7B = """Amelia Hartley, Arthur Okafor, Beatrice Lindqvist, Callum Fraser, Chan Hiu Tung 陳曉彤,
    Chow Hoi Lam 周凱琳, Daisy Whitcombe, Elliot Marsh, Freya Donnelly, George Adeyemi,
    Hannah Rosenthal, Ho Pak Yin 何柏言, Isaac Penrose, Jasmine Kaur Gill,
    Lam Wing Yan 林詠恩, Lau Chi Yiu 劉芷瑤, Lee Ka Chun 李家俊, Leo Castellanos,
    Martha Quigley, Ng Chun Kit 吳俊傑, Noah Bradshaw, Olivia Pemberton-Hughes, Priya Raman,
    Rafael Moreira, Ruby Thistlewood, Samuel Eze, Theo Vandermeer, Wang Simin 王思敏,
    Wong Tsz Ching 黃子晴, Zhang Tianyou 張天佑"""


CLASS_7A = """Alfie Brennan, Cheung Lok Yi 張樂兒, Dylan Prosser, Esme Calloway, Finlay Drummond, Grace Owusu,
    Imogen Sharpe, Kwok Tsz Hin 郭子軒, Mabel Ashdown, Oscar Lindgren, Poppy Nkemelu, Yuen Ka Yan 袁嘉欣"""


CLASS_8A = """Ada Fairweather, Benjamin Osei, Clara Montague, Felix Harrington, Ida Hartley, Lydia Marchetti,
    Mok Chi Him 莫智謙, Oliver Hartley, Rosa Delgado, Tang Sum Yu 鄧心如"""


STAFF = {"teacher": "Rowan Ellis", "office": "Helen Achebe", "colleague": "Mark Sato", "new_teacher": "Dana Whitlock"}


FIRST_NAMES = ("Sarah", "David", "Mei", "Patrick", "Aisha", "Joanna", "Marcus")


LATE, ABSENT = {"Noah Bradshaw": 3, "Ho Pak Yin": 7, "Ruby Thistlewood": 11}, ("Isaac Penrose", "Daisy Whitcombe")


NOT_YET, AT_THE_GATE, DOUBTFUL = ("Leo Castellanos", "Zhang Tianyou"), "Martha Quigley", "George Adeyemi"


def latin(name: str) -> str:
    return " ".join(word for word in name.split() if word.isascii())
