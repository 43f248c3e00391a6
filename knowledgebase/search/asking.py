"""What is asked for with some words: which terms, and what may stand for each?

A question is cut into *ideas*. Each is one word, id or pair of neighbouring Chinese
letters, or a name of the product's vocabulary, and has *ways* in which a text may say
it: itself, its synonyms in both languages, and words that are written much like it.
"""

import re
import unicodedata
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from knowledgebase.search.synonyms import Group, groups_in

LENGTH_MAX = 300  # characters of a question that are read
IDEAS_MAX = 24
WAYS_MAX = 24
PAIR_WORTH = 0.6  # two letters of Chinese beside a word of English
PARTS_WORTH = 0.5  # an id that is met in its parts alone
SYNONYM_WORTH = 0.7
NAMED_WORTH = 0.4  # a word beside the name that it belongs to
DENSE = "\u3040-\u9fff\uac00-\ud7a3\uf900-\ufaff\U00020000-\U0003ffff"
_TERM = re.compile(rf"[{DENSE}]+|[a-z0-9._@\u00c0-\u024f\u0370-\u1fff-]+")
# What is said without asking for anything: the first are the database's own stop words.
_STOP_WORDS = """
    i me my myself we our ours ourselves you your yours yourself yourselves he him his
    himself she her hers herself it its itself they them their theirs themselves what
    which who whom this that these those am is are was were be been being have has had
    having do does did doing a an the and but if or because as until while of at by for
    with about against between into through during before after above below to from up
    down in out on off over under again further then once here there when where why how
    all any both each few more most other some such no nor not only own same so than
    too very s t can will just don should now
    im ve re ll d didn doesn isn wasn aren won couldn shouldn haven hasn please hi hello
    hey thanks could would anything something since still yet also get got cannot
"""
_STOP = frozenset(_STOP_WORDS.split())
_EMPTY = re.compile(
    "[的了吗呢吧啊呀嘛着么]|怎么办|怎么样|怎么|怎样|如何|什么|为什么|为何|请问|请教"
    "|我们|你们|他们|咱们|我的|你的|大家|可以|能不能|可不可以|是不是|有没有|一下|一直|老是|总是"
    "|已经|现在|以前|之前|之后|以后|因为|所以|但是|可是|不过|还是|还能|或者|如果|这个|那个|哪里"
    "|说明|就是|都是|不是|没有"
)
_DENSE_RUN = re.compile(rf"[{DENSE}]+")
_CAMEL = re.compile(r"[A-Z]?[a-z]+|[A-Z]+(?![a-z])|[0-9]+")
_EDGES = ".-_@"


@dataclass(slots=True)
class Way:
    """One way to say an idea: English words to be stemmed, and terms as they stand.

    ``texts`` is about how many texts say it so.
    """

    english: str
    exact: tuple[str, ...]
    worth: float
    texts: int = 0

    @property
    def question(self) -> str:
        """The exact terms as ``tsquery`` text."""
        return " & ".join(map(_quoted, self.exact))


@dataclass(slots=True)
class Idea:
    """Something that is asked for; ``shown`` are the strings that say it in a text.

    ``counts`` is false for a word of a name that is an idea by itself: it may say
    more, but lacking it no answer is the worse.
    """

    word: str
    worth: float
    counts: bool = True
    ways: list[Way] = field(default_factory=list)
    shown: set[str] = field(default_factory=set)

    def add(self, saying: str, worth: float) -> None:
        """Let it be said in another way, too."""
        self.ways.append(way(saying, worth))
        self.shown.add(saying)


def _quoted(term: str) -> str:
    # A letter of Chinese alone is found by the pairs that it begins.
    open_end = ":*" if len(term) == 1 and _DENSE_RUN.fullmatch(term) else ""
    return "'" + term.replace("\\", "\\\\").replace("'", "''") + "'" + open_end


def way(saying: str, worth: float) -> Way:
    """Return how a word or phrase is asked for: every part of it has to be there."""
    english, exact = [], []
    for part in cut(saying):
        if _DENSE_RUN.fullmatch(part):
            exact += pairs(part)
        elif part.isalpha():
            english.append(part)
        else:
            exact.append(part)
    return Way(" ".join(english), tuple(dict.fromkeys(exact)), worth)


def plain(text: str) -> str:
    """Return a text as terms are made of it: one form of each letter, in lower case."""
    return unicodedata.normalize("NFKC", text[:LENGTH_MAX]).lower()


def cut(text: str) -> list[str]:
    """Return the words, ids and runs of Chinese of a text, in their order."""
    found = (each.strip(_EDGES) for each in _TERM.findall(plain(text)))
    return [each for each in found if each and len(each) <= 64]


def pairs(run: str) -> list[str]:
    """Return what a run of Chinese is found by."""
    if len(run) == 1:
        return [run]
    return [run[at : at + 2] for at in range(len(run) - 1)]


def ideas(text: str) -> list[Idea]:
    """Return what a question asks for, each idea once, at most 24."""
    found: dict[str, Idea] = {}
    rest = plain(text)
    for group, said in groups_in(rest):
        found[group.name] = _of_group(group, said)
        rest = rest.replace(said, " ")
    spelled = _spelled(text)
    others = {idea.word for word in cut(rest) for idea in _of_word(word, spelled)}
    for word in cut(text):
        for idea in _of_word(word, spelled):
            if idea.word not in others:
                idea.counts = False
                idea.worth *= NAMED_WORTH
            found.setdefault(idea.word, idea)
    return list(found.values())[:IDEAS_MAX] or _literal(text)


def _literal(text: str) -> list[Idea]:
    """Take a question of nothing but empty words by its letters."""
    words = dict.fromkeys(cut(text))
    terms = {
        word: pairs(word) if _DENSE_RUN.fullmatch(word) else [word] for word in words
    }
    return [
        Idea(word, 1.0, True, [Way("", tuple(terms[word]), 1.0)], {word})
        for word in list(words)[:IDEAS_MAX]
    ]


def _of_group(group: Group, said: str) -> Idea:
    idea = Idea(group.name, 1.0)
    idea.add(said, 1.0 if said in group.sayings else SYNONYM_WORTH)
    for saying in group.sayings:
        if saying != said and len(idea.ways) < WAYS_MAX:
            idea.add(saying, SYNONYM_WORTH)
    return idea


def _of_word(word: str, spelled: Mapping[str, str]) -> Iterable[Idea]:
    if _DENSE_RUN.fullmatch(word):
        runs = [run for run in _EMPTY.split(word) if len(run) > 1]
        for pair in (pair for run in runs for pair in pairs(run)):
            idea = Idea(pair, PAIR_WORTH)
            idea.add(pair, 1.0)
            yield idea
        return
    if word in _STOP:
        return
    idea = Idea(word, 1.0)
    idea.add(word, 1.0)
    parts = re.split(r"[._@-]", word)
    if len(parts) > 1:
        for part in parts:
            if len(part) >= 3:
                idea.add(part, PARTS_WORTH)
    elif word in spelled:
        idea.add(spelled[word], PARTS_WORTH)
    yield idea


def _spelled(text: str) -> dict[str, str]:
    """Names in capitals and their words: ``payloadtoolarge``, payload too large."""
    found = {}
    for name in re.findall(r"[A-Za-z]{6,64}", text[:LENGTH_MAX]):
        words = _CAMEL.findall(name)
        if len(words) > 1 and not name.isupper():
            found[name.lower()] = " ".join(words).lower()
    return found
