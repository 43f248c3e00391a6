"""Which sentences stand in every notice of a kind and say nothing about this failure?

Greetings, apologies, advice, and what the notice says about the original mail. Written
by what they do, in the languages that notices come in; never by who sent them.
"""

import re

from deliveries.readers.mail import wordings

_IDLE = re.compile(rf"\W{{0,12}}(?:{wordings.pieces('idle')})\W{{0,12}}", re.IGNORECASE)
# What a delay notice says of itself; the kind of the mail says it already.
_WAITS = wordings.anywhere("still_tried")
# What holds the code of a reply says something, however it begins.
_CODE = re.compile(r"(?<![\w.])[45]\.\d{1,2}\.\d{1,3}(?![\w.]\d)")
_SENTENCES = re.compile(r"(?<=[.!?]\s)(?=[A-ZÀ-Þ*\"“])|(?<=[。！？])")
_ADDRESS_ALONE = re.compile(r"\W{0,8}[\w.+=%/-]{1,64}@[\w.-]{1,255}\W{0,8}")


def without(line: str, *, waits: bool = False) -> str:
    """Return what is left of a line; ``waits`` also takes what delay notices say."""
    if _ADDRESS_ALONE.fullmatch(line):
        return ""
    kept = [
        sentence
        for sentence in _SENTENCES.split(line)
        if _CODE.search(sentence)
        or not (
            _IDLE.fullmatch(sentence.strip()) or (waits and _WAITS.search(sentence))
        )
    ]
    return "".join(kept).strip()
