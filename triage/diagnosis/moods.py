"""Is something stated, supposed, asked or denied? Words around a wording tell.

"Your host is blocked" states, "if your host is blocked" and "make sure that your host
is not blocked" give advice, "the mailbox may be full" guesses, "is your host blocked?"
asks and "your host is not blocked" denies.
"""

from collections.abc import Collection, Sequence

from triage.diagnosis.words import BLANK, BREAK, Word

# How much a wording is worth in a mood.
STATED = 1.0
GUESSED = 0.6  # alone it still names a cause, beside a stated one it does not
ADVISED = 0.25  # alone it names none
ALTERNATIVE = 0.75  # "full or disabled"

DENIALS = frozenset(
    {"not", "no", "never", "without", "neither", "nor", "cannot", "none"}
    | {"isn't", "wasn't", "hasn't", "aren't", "weren't", "haven't", "didn't", "don't"}
    | {"doesn't", "couldn't", "can't", "won't"}
    | {"nicht", "kein", "keine", "pas", "non", "sin", "sem", "не"}
    | {"niet", "geen", "inte", "ikke", "nie", "nem", "khong", "tidak", "bukan", "δεν"}
    | {"未", "不", "非", "没", "無", "无"}
    # As they are cut: without accents.
    | {"keinen", "keiner", "nao", "neni", "nebyl", "nebyla"}
    | {"ej", "ei", "nincs", "nu", "لم", "لا", "ليس", "غير"}
    | {"לא", "אינו", "אינה", "chua", "belum", "沒"}
)
_BETWEEN = frozenset(
    {"a", "an", "the", "any", "been", "being", "be", "is", "are", "as", "yet", "to"}
    | {"currently", "have", "has", "your", "known", "seem", "appear", "contain"}
    | {"marked", "considered", "classified", "identified", "detected", "flagged"}
    | {"found", "是", "被", "为"}
    | {"ete", "ha", "sido", "esta", "fue", "foi", "e", "est", "stato", "stata"}
    | {"zostal", "zostala", "zostalo", "jest", "wurde", "ist", "werd", "har", "er"}
    | {"был", "была", "было", "εχει", "ειναι", "يتم", "ole", "lett", "este", "fost"}
    | {"bi", "duoc", "telah"}
)
_FARTHEST_DENIAL = 4  # words
_CLAUSE_ENDS = frozenset(",:")
_FARTHEST = 40  # words before a wording that are read for its mood

# What opens advice: it reaches up to the next comma, or over the whole sentence that
# begins with it.
SUPPOSITIONS = frozenset(
    {"if", "whether", "unless", "wenn", "falls", "sofern", "если", "若"}
)
_ADVICE = frozenset(
    {("make", "sure"), ("be", "sure"), ("ensure", "that"), ("ensure", "the")}
    | {("ensure", "your"), ("check", "that"), ("check", "the"), ("check", "your")}
    | {("please", "check"), ("please", "verify"), ("verify", "that")}
    | {("verify", "the"), ("to", "avoid"), ("to", "prevent"), ("to", "reduce")}
    | {("in", "case"), ("si", "vous"), ("si", "cree"), ("si", "usted")}
    | {("se", "voce"), ("you", "believe"), ("you", "think"), ("如", "果"), ("も", "し")}
)
_UNABLE = DENIALS | {"to", "we", "failed"}
_GUESSES = frozenset(
    {"may", "might", "maybe", "perhaps", "possibly", "probably"}
    | {"vielleicht", "moglicherweise", "возможно", "talvez"}
)
_GUESSING_PAIRS = frozenset(
    {("could", "be"), ("could", "have"), ("can", "be"), ("peut", "etre")}
)
_ASKING = frozenset(
    {"is", "are", "was", "were", "do", "does", "did", "has", "have", "why", "what"}
)


def mood(said: str, text: Sequence[Word], own: range, taken: Collection[int]) -> float:
    """Return what a wording that is not denied is worth where it stands, 0..1.

    ``text`` are the words of ``said``, ``own`` the places of the wording and ``taken``
    those of all wordings: what another one holds colours that one alone.
    """
    begin = own.start
    while begin > max(0, own.start - _FARTHEST) and text[begin - 1].text != BREAK:
        begin -= 1
    worth = STATED
    for place in range(own.stop - 1, begin - 1, -1):
        if place in taken and place not in own:
            continue
        word = text[place].text
        after = text[place + 1].text if place + 1 < len(text) else ""
        if place < own.start and _supposes(text, place, word, after):
            between = said[text[place].end : text[own.start].start]
            if ": " not in between and (place == begin or "," not in between):
                return ADVISED
        if _guesses(text, place, word, after) and not _month(said, text[place]):
            worth = GUESSED
    asks = text[begin].text in _ASKING and (begin in own or begin not in taken)
    return ADVISED if asks and _asked(said, text, own.stop) else worth


def denied(said: str, text: Sequence[Word], first: int, spent: Collection[int]) -> bool:
    """Whether a denial stands before the wording that begins at word ``first``.

    ``spent`` are the places that wordings hold: a denial that belongs to one, as in
    "existiert nicht", says nothing of the next. Nor does one before a comma or colon.
    """
    for place in range(first - 1, max(-1, first - 1 - _FARTHEST_DENIAL), -1):
        word = text[place].text
        if not _CLAUSE_ENDS.isdisjoint(said[text[place].end : text[place + 1].start]):
            return False
        if word in DENIALS:
            return place not in spent
        if word not in _BETWEEN:
            return False
    return False


def _supposes(text: Sequence[Word], place: int, word: str, after: str) -> bool:
    if word in SUPPOSITIONS:
        return True
    if (word, after) in _ADVICE:
        # "We cannot verify the sender" advises nothing.
        return not place or text[place - 1].text not in _UNABLE
    # "Should your host be blocked" supposes, "it should be blocked" does not.
    opens = place == 0 or text[place - 1].text == BREAK
    return opens and word == "should"


def _guesses(text: Sequence[Word], place: int, word: str, after: str) -> bool:
    if (word, after) in _GUESSING_PAIRS:
        return True
    # "You may not send" forbids.
    return word in _GUESSES and not (place and text[place - 1].text == "you")


def _month(said: str, word: Word) -> bool:
    return said[word.start : word.end] == "May"


def _asked(said: str, text: Sequence[Word], last: int) -> bool:
    for word in text[last : last + _FARTHEST]:
        if word.text == BREAK:
            return said[word.start] == "?"
    return False


def parted(text: Sequence[Word], end: int, start: int) -> bool:
    """Whether "or" parts what ends at one word from what starts at another."""
    between = [word.text for word in text[end : min(start, end + _FARTHEST)]]
    return "or" in between and BREAK not in between and BLANK not in between
