"""Which questions are there, and is this one asked or answered already?"""

from collections.abc import Iterable
from typing import TypeVar

from django.db.models import Count, Q, QuerySet

from deliveries import newest, terms
from knowledgebase import guidance
from knowledgebase.models import Answer, ArticleVersion, Moderation, Question

LONGEST = 200  # characters of what is searched for
CANDIDATES = 50  # newest rows that share a word
SHOWN = 3
ENOUGH = 0.5  # of the words of a title that another one shares
UNSAID = 2  # Latin letters of a word that tells nothing

OF_QUESTION = "answers__moderation"


def listed(rows: QuerySet[Question]) -> QuerySet[Question]:
    """Everything a list of questions shows, in one query."""
    shown = Count("answers", filter=Q(**{OF_QUESTION: Moderation.SHOWN}))
    return rows.select_related("category").annotate(said=shown)


def written_of(answers: Iterable[Answer], locale: str) -> list[ArticleVersion]:
    """What anybody may read that was made of some answers, in a language if it can."""
    ids = {each.article_id for each in answers if each.is_shown and each.article_id}
    if not ids:
        return []
    texts = guidance.for_everybody(locale).filter(translation__article__in=ids)
    return list(texts.order_by("translation__article"))


def answers_of(question: Question, ref: str, *, moderates: bool) -> QuerySet[Answer]:
    """What a reader sees of a question's answers, the accepted one first."""
    rows = Answer.objects.readable(ref, moderates=moderates).filter(question=question)
    counted = rows.annotate(helped=Count("votes"))
    ordered: QuerySet[Answer] = counted.order_by("accepted_at", "-helped", "pk")
    return ordered


def search(rows: QuerySet[Question], text: str, limit: int) -> tuple[list[int], bool]:
    """Keys of the newest questions with every word, and whether there was time."""
    words = terms.asked(text[:LONGEST])
    if not words:
        return [], True
    try:
        with newest.looking():
            return newest.holding(rows, terms.query(words), limit=limit).ids, True
    except newest.TookTooLong:
        return [], False


def alike(title: str, locale: str) -> tuple[list[Question], list[ArticleVersion]]:
    """Questions and texts for everybody whose title shares half of the words."""
    words = [each for each in terms.asked(title) if _tells(each)]
    if not words:
        return [], []
    question = " | ".join(terms.query([each]) for each in words)
    asked = Question.objects.shown()
    texts = guidance.for_everybody(locale).select_related(None)
    try:
        with newest.looking():
            near = newest.holding(asked, question, limit=CANDIDATES).ids
            told = newest.holding(texts, question, limit=CANDIDATES).ids
    except newest.TookTooLong:
        return [], []
    articles = ArticleVersion.objects.select_related("translation__article")
    return (
        _closest(words, list(Question.objects.filter(pk__in=near))),
        _closest(words, list(articles.filter(pk__in=told))),
    )


Titled = TypeVar("Titled", Question, ArticleVersion)


def _closest(words: list[str], rows: list[Titled]) -> list[Titled]:
    scored = [(_shared(words, row.title), row.pk, row) for row in rows]
    scored.sort(key=lambda each: (-each[0], -each[1]))
    return [row for score, _pk, row in scored if score >= ENOUGH][:SHOWN]


def _shared(words: list[str], title: str) -> float:
    pieces = [piece for word in words for piece in _pieces(word)]
    plain = title.lower()
    return sum(piece in plain for piece in pieces) / len(pieces)


def _pieces(word: str) -> list[str]:
    if word.isascii():
        return [word]
    return [word[at : at + 2] for at in range(max(1, len(word) - 1))]


def _tells(word: str) -> bool:
    return not word.isascii() or len(word) > UNSAID
