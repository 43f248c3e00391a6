"""What does the search of the knowledge find, and how long does it take?"""

import random
import statistics
import sys
import time
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from django.db import connection
from django.utils import timezone

from benchmarks.processes import PROC
from deliveries.models import ChannelKind, FailureCategory
from knowledgebase import importing, search
from knowledgebase.models import (
    Article,
    ArticleTranslation,
    ArticleVersion,
    Audience,
    TranslationState,
)
from knowledgebase.search import words

DATA = Path(__file__).with_name("data")
FIRST, SECOND = DATA / "knowledge.txt", DATA / "knowledge_second.txt"
LOCALES = {"en": "en", "zh": "zh-hans"}
TOP = 3
HELD_EVERY = 3
ARTICLES = 10_000
BATCH = 500
ROUNDS = 5
SENTENCES = 24  # of a made-up article
MADE_UP = 4_000  # words that only made-up articles have


@dataclass(frozen=True, slots=True)
class Question:
    """What somebody asks, and the causes or slugs that answer."""

    language: str
    of_staff: bool
    text: str
    answers: frozenset[str]
    held_out: bool

    def ask(self) -> search.Found:
        """Search as the page for this person does."""
        locale = LOCALES[self.language]
        if self.of_staff:
            return search.staff(self.text, Article.objects.all(), locale=locale)
        return search.public(self.text, locale)

    def answered(self) -> bool:
        """Whether an article that answers is among the first three."""
        return any(self._answers(hit.article) for hit in self.ask().hits[:TOP])

    def _answers(self, article: Article) -> bool:
        causes = [category.slug for category in article.categories.all()]
        alone = len(causes) == 1 and causes[0] in self.answers
        return alone or article.slug in self.answers


def questions(file: Path) -> Iterator[Question]:
    """Read what is asked; every third question of a language is held out."""
    seen = dict.fromkeys(LOCALES, 0)
    for line in file.read_text(encoding="utf-8").splitlines():
        if line.startswith("#"):
            continue
        language, who, text, answers = (each.strip() for each in line.split("|"))
        seen[language] += 1
        held_out = seen[language] % HELD_EVERY == 0
        yield Question(
            language, who == "agent", text, frozenset(answers.split()), held_out
        )


def measure() -> dict[str, float]:
    """Ask among the product's articles, then among 10,000."""
    importing.import_starter(timezone.now())
    words.refresh()
    asked = list(questions(FIRST))
    figures = scores(asked) | scores_of_second(list(questions(SECOND)))
    fill(ARTICLES)
    words.refresh()
    with connection.cursor() as cursor:
        cursor.execute("VACUUM ANALYZE")
    cpu = [_cpu_ms(each) for each in asked]
    rounds = [[_took_ms(each) for each in asked] for _ in range(ROUNDS)]
    times = [took for each in rounds for took in each]
    undisturbed = [min(of_one) for of_one in zip(*rounds, strict=True)]
    figures["search_p50_ms"] = statistics.median(times)
    figures["search_p95_ms"] = _p95(times)
    figures["search_p95_undisturbed_ms"] = _p95(undisturbed)
    figures["search_p95_cpu_ms"] = _p95(cpu)
    return {name: round(each, 4) for name, each in figures.items()}


def _p95(times: Sequence[float]) -> float:
    return statistics.quantiles(times, n=20)[-1]


def scores(asked: Iterable[Question]) -> dict[str, float]:
    """Return the share of questions that are answered: all, tuned, held out."""
    rows = [(each, each.answered()) for each in asked]
    figures = {}
    for language in LOCALES:
        ours = [row for row in rows if row[0].language == language]
        figures[f"top3_{language}"] = _share(ours)
        figures[f"top3_{language}_tuned"] = _share(
            [row for row in ours if not row[0].held_out]
        )
        figures[f"top3_{language}_held_out"] = _share(
            [row for row in ours if row[0].held_out]
        )
    return figures


def scores_of_second(asked: Sequence[Question]) -> dict[str, float]:
    """Return the share that is answered of what the second author asks."""
    return {
        f"top3_{language}_second": _share(
            [(each, each.answered()) for each in asked if each.language == language]
        )
        for language in LOCALES
    }


def _share(rows: list[tuple[Question, bool]]) -> float:
    return sum(answered for _, answered in rows) / len(rows)


def _took_ms(question: Question) -> float:
    began = time.perf_counter()
    question.ask()
    return (time.perf_counter() - began) * 1000


def _cpu_ms(question: Question) -> float:
    """Return what a search takes of a core, here and in the database."""
    connection.ensure_connection()
    backend = PROC / str(connection.connection.info.backend_pid) / "schedstat"
    began, served = time.process_time(), _ran_ms(backend)
    question.ask()
    return (time.process_time() - began) * 1000 + _ran_ms(backend) - served


def _ran_ms(schedstat: Path) -> float:
    """Return the time on a core of a process, 0 where the machine does not tell."""
    return int(schedstat.read_text().split()[0]) / 1e6 if schedstat.is_file() else 0.0


def fill(number: int) -> None:
    """Publish made-up articles in two languages until there are so many."""
    made = random.Random(number)
    pools = {locale: _sentences(locale) for locale in LOCALES.values()}
    causes = list(FailureCategory.objects.all())
    left = number - Article.objects.count()
    for begin in range(0, left, BATCH):
        _publish(made, pools, causes, begin, min(BATCH, left - begin))
        print(f"{begin} of {left} articles", file=sys.stderr)


def _sentences(locale: str) -> list[str]:
    bodies = ArticleVersion.objects.filter(translation__locale=locale)
    text = "\n".join(bodies.values_list("body", flat=True))
    return [line for line in text.splitlines() if line]


def _publish(
    made: random.Random,
    pools: dict[str, list[str]],
    causes: list[FailureCategory],
    begin: int,
    count: int,
) -> None:
    audiences = (Audience.INTERNAL, Audience.INTERNAL, Audience.PUBLIC, Audience.TIP)
    articles = Article.objects.bulk_create(
        Article(
            slug=f"made-up-{begin + at}",
            audience=made.choice(audiences),
            channels=made.sample(ChannelKind.values, made.randrange(3)),
        )
        for at in range(count)
    )
    Article.categories.through.objects.bulk_create(
        Article.categories.through(article=article, failurecategory=made.choice(causes))
        for article in articles
    )
    translations = ArticleTranslation.objects.bulk_create(
        ArticleTranslation(article=article, locale=locale)
        for article in articles
        for locale in pools
    )
    versions = ArticleVersion.objects.bulk_create(
        ArticleVersion(
            translation=translation,
            number=1,
            title=_line(made, pools[translation.locale])[:60],
            body=_body(made, pools[translation.locale]),
        )
        for translation in translations
    )
    for translation, version in zip(translations, versions, strict=True):
        translation.current_version = translation.published_version = version
        translation.state = TranslationState.PUBLISHED
    fields = ["current_version", "published_version", "state"]
    ArticleTranslation.objects.bulk_update(translations, fields)


def _body(made: random.Random, pool: list[str]) -> str:
    return "\n\n".join(_line(made, pool) for _ in range(SENTENCES))


def _line(made: random.Random, pool: list[str]) -> str:
    """Two half lines that never stood together, and a word that few articles have."""
    first, second = made.choice(pool), made.choice(pool)
    rare = f"kb{made.randrange(MADE_UP):x}word"
    return f"{first[: len(first) // 2]} {rare} {second[len(second) // 2 :]}"
