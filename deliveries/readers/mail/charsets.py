"""Which text do bytes spell, whether their charset is named, wrongly named or not?"""

import codecs
import re

from deliveries.readers.mail.reading import Fault

# Names under which mail programs send something wider or slightly different.
_WIDER = {
    "gb2312": "gb18030",
    "gbk": "gb18030",
    "hz": "hz",
    "big5": "big5hkscs",
    "shift_jis": "cp932",
    "iso2022_jp": "iso2022_jp_ext",
    "euc_kr": "cp949",
    "ascii": "utf-8",
    "iso8859-1": "cp1252",
    "iso8859-9": "cp1254",
    "tis-620": "cp874",
}
# Python knows codecs that are no charsets, and some of them are slow on purpose-built
# input; only these are used.
_USED = re.compile(
    r"ascii|utf-(?:7|8|16|32)(?:-[bl]e)?|utf-8-sig|iso8859-\d{1,2}|cp\d{3,4}|koi8-[rut]"
    r"|gb2312|gbk|gb18030|hz|big5(?:hkscs)?|shift_jis(?:x0213|_2004)?|euc_jp|euc_kr"
    r"|iso2022_(?:jp(?:_ext|_[123]|_2004)?|kr)|tis-620|mac-(?:roman|cyrillic)|johab|ptcp154"
)
_ALIASES = {
    "ks_c_5601-1987": "cp949",
    "x-sjis": "cp932",
    "x-gbk": "gb18030",
    "x-euc-jp": "euc_jp",
    "cn-gb": "gb18030",
    "cn-big5": "big5hkscs",
    "windows-31j": "cp932",
    "iso-2022-jp-ms": "iso2022_jp_ext",
    "cp-850": "cp850",
    "unicode-1-1-utf-7": "utf-7",
}
_UNKNOWN = frozenset({"", "unknown", "unknown-8bit", "x-unknown", "default", "none"})
_ESCAPES = ((b"\x1b$)C", "iso2022_kr"), (b"\x1b$", "iso2022_jp_ext"))
# Tried in this order; the first is taken among equals.
_GUESSES = ("gb18030", "cp932", "euc_jp", "big5hkscs", "cp949", "cp1251", "koi8-r")
_LAST_GUESS = "cp1252"
_LONGEST_GUESS = 4096  # bytes that a guess looks at
_LONGEST_SIGN = 4  # bytes of one sign, in any of these charsets

# Signs that no notice in the language does without; no charset turns others into many.
_KANA = re.compile("[\u3041-\u3093\u30a1-\u30f6\u30fc]")
_HANGUL = re.compile(
    "[이가는은을를에의다고하지한사으로서메일받수없습니음"
    "전송실패반용자주소오류발생함람과도해었했된되인]"
)
_HANZI = re.compile(
    "[的是不了您我们邮件发送收信人地址失败无法服务器原因退回错误用户存在请被拒绝到"
    "這個為發郵寄資訊網絡無伺服誤開啟對應導致空間滿已由于此在有人和中国或者]"
)
_CYRILLIC = re.compile("[а-яё]")
_MIXED = re.compile("[A-Za-z][А-яЁё]|[А-яЁё][A-Za-z]")  # in no Russian word
_ODD = re.compile("[\x80-\x9f\ufffd\ue000-\uf8ff\uff61-\uff9f]")


def decode(body: bytes, charset: str) -> tuple[str, Fault | None]:
    """Return the text and what was wrong with the charset; time grows with the body."""
    name = _python_name(charset)
    escaped = next((codec for mark, codec in _ESCAPES if mark in body), "")
    if escaped and not name.startswith(("iso2022", "utf-16", "utf-32")):
        return body.decode(escaped, "replace"), None if not name else _wrong(charset)
    if not name:
        fault = None if charset in _UNKNOWN else Fault.UNKNOWN_CHARSET
        return body.decode(_guess(body), "replace"), fault
    used = _WIDER.get(name, name)
    if body.isascii():
        return body.decode(used, "replace"), None
    if used != "utf-8" and used[:3] != "utf" and _fits(body, "utf-8"):
        return body.decode("utf-8", "replace"), _wrong(charset)  # never by chance
    if used in ("utf-8", "cp1252"):
        # What claims to be Latin is often something else.
        guessed = _guess(body)
        if guessed != used:
            return body.decode(guessed, "replace"), _wrong(charset)
    text = body.decode(used, "replace")
    if text.count("\ufffd") * 20 > len(text):
        return body.decode(_guess(body), "replace"), Fault.WRONG_CHARSET
    return text, None


def _wrong(charset: str) -> Fault | None:
    """Whether naming a charset was wrong; US-ASCII is what programs say by habit."""
    return None if charset in ("us-ascii", "ascii") else Fault.WRONG_CHARSET


def _python_name(charset: str) -> str:
    """Return the name of a codec that may be used, or nothing."""
    if charset in _UNKNOWN or len(charset) > 40 or not charset.isascii():
        return ""
    try:
        name = codecs.lookup(_ALIASES.get(charset, charset)).name
    except (LookupError, ValueError):
        return ""
    return name if _USED.fullmatch(name) else ""


def _guess(body: bytes) -> str:
    """Return the codec under which the bytes look most like a language."""
    if _fits(body, "utf-8"):
        return "utf-8"
    start = next((at for at, byte in enumerate(body[:65536]) if byte > 0x7F), 0)
    sample = body[start : start + _LONGEST_GUESS]
    scored = [(_score(sample, name), -at) for at, name in enumerate(_GUESSES)]
    best, at = max(scored)
    return _GUESSES[-at] if best > 0 else _LAST_GUESS


def _fits(body: bytes, name: str) -> bool:
    try:
        body.decode(name)
    except UnicodeDecodeError as error:
        return error.start >= len(body) - _LONGEST_SIGN and error.start > 0
    return True


def _score(sample: bytes, name: str) -> float:
    """Say how much a decoding looks like the language that its charset is for."""
    text = sample.decode(name, "replace")
    high = sum(sign > "\x7f" for sign in text) or 1
    fits = _KANA if name in ("cp932", "euc_jp") else _HANZI
    if name == "cp949":
        fits = _HANGUL
    elif name in ("cp1251", "koi8-r"):
        fits = _CYRILLIC
    good = len(fits.findall(text))
    if fits is _CYRILLIC and _MIXED.search(text):
        return 0.0
    share = (good - 2 * len(_ODD.findall(text))) / high
    return share if share > _LEAST_SHARE[fits] else 0.0


# Below it a decoding is chance. Every Russian letter counts, few of the Chinese do.
_LEAST_SHARE = {_KANA: 0.25, _HANZI: 0.15, _HANGUL: 0.35, _CYRILLIC: 0.7}
