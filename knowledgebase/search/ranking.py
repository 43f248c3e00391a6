"""Which texts say what is asked for, and how well?

Every idea is looked up by the index of each column; what it is worth falls with the
number of texts that have it. Only keys are read, no text.
"""

import json
import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.db import connection
from django.db.models import QuerySet

from knowledgebase.models import Article
from knowledgebase.search.asking import Idea

# What the statement is given beside a question. All of it was set on the questions of
# ``benchmarks/data/knowledge.txt`` that are not held out.
BOUNDS = {
    "best": 100,  # articles that are ranked for one question
    "candidates": 200,  # by their texts, before their causes are looked at
    "most": 250,  # texts that are looked at for one way of saying, per column
    "enough": 0.15,  # of what is asked for, by worth: one with less is no answer
    "near_best": 0.2,  # of the best score: an article below it is noise
    "unheard": 0.4,  # of the worth of the rarest word: what no text has
    "other": 0.85,  # a text in another language than the reader's
    "usual": 3_500,  # bytes of a text; a longer one says more words by chance
    "titled": 30.0,  # shared by the terms of a title: a short one is about it
    "headed": 0.8,  # in the first paragraph or a heading
    "said": 1.0,
    "asked": 1.0,  # in what people type who need it, as its author knows
    "called": 1.3,  # in the name of a cause
}

# A word of so many texts says something about one only where it stands first, or in the
# title. That keeps a question about common words as fast as one about rare ones.
SAID_IN = 250
HEADED_IN = 800

_WAYS = """
WITH given AS MATERIALIZED (
    SELECT idea, weight, counts, worth, headed, said,
        plainto_tsquery('pg_catalog.english', english) && exact::tsquery AS question
    FROM jsonb_to_recordset(%(ways)s::jsonb) AS asked(idea int, weight float,
        counts boolean, worth float, headed boolean, said boolean,
        english text, exact text)
), ways AS MATERIALIZED (
    SELECT * FROM given WHERE numnode(question) > 0
)"""
_COLUMN = """
    SELECT idea, id, size, max(worth * share) AS how
    FROM ways CROSS JOIN LATERAL (SELECT id, size, {share} AS share
        FROM knowledgebase_articleversion AS text
        WHERE text.{column} @@ question {only} LIMIT %(most)s) AS texts
    GROUP BY idea, id, size"""
_COLUMNS = " UNION ALL".join(
    _COLUMN.format(column=column, share=share, only=only)
    for column, share, only in (
        ("titled", "%(titled)s / (6 + length(text.titled))", ""),
        ("headed", "%(headed)s", "AND ways.headed"),
        ("said", "%(said)s", "AND ways.said"),
        ("asked", "%(asked)s", "AND ways.headed"),
    )
)
# Through the names of its causes an article is found in a language in which it is not
# written. One that is about many causes says less of each.
_CAUSES = """
, named AS MATERIALIZED (
    SELECT id, public.knowledge_terms(name_en || ' ' || name_zh_hans) AS terms
    FROM deliveries_failurecategory
), called AS MATERIALIZED (
    SELECT idea, named.id AS cause, max(ways.worth) AS how
    FROM ways JOIN named ON terms @@ question GROUP BY idea, named.id
), causes AS MATERIALIZED (
    SELECT article_id, failurecategory_id AS cause,
        1 / count(*) OVER (PARTITION BY article_id)::float AS share
    FROM knowledgebase_article_categories
), through AS (
    SELECT idea, article_id, %(called)s * max(how * share) AS how
    FROM called JOIN causes USING (cause) GROUP BY idea, article_id
)"""
# What no text has is asked for as well, but may be a name or half a word.
_WORTHS = """
, hits AS MATERIALIZED (
    SELECT idea, id, size, sum(how) AS how
    FROM ({columns}) AS found GROUP BY idea, id, size
), worths AS MATERIALIZED (
    SELECT idea, counts, weight * CASE
        WHEN EXISTS (SELECT FROM hits WHERE hits.idea = asked.idea) THEN 1
        ELSE %(unheard)s END AS worth
    FROM (SELECT idea, max(weight) AS weight, bool_or(counts) AS counts
        FROM ways GROUP BY idea) AS asked
)"""
# An article is as good as the better of its languages, and its causes add to that.
_SCORES = """
, by_text AS MATERIALIZED (
    SELECT id, size, sum(worth * how) AS score
    FROM hits JOIN worths USING (idea) GROUP BY id, size
), shown AS MATERIALIZED (
    SELECT row.article_id, by_text.id, score,
        CASE WHEN row.locale = %(locale)s THEN 1 ELSE %(other)s END
            / (0.75 + 0.25 * size / %(usual)s) AS share
    FROM by_text JOIN knowledgebase_articletranslation AS row ON {version} = by_text.id
    WHERE row.state <> 'archived' {language} {rows}
), better AS (
    SELECT DISTINCT ON (article_id) * FROM shown ORDER BY article_id, score * share DESC
), best AS MATERIALIZED (
    SELECT * FROM better ORDER BY score * share DESC, article_id DESC
    LIMIT %(candidates)s
), answers AS (
    SELECT article_id, idea, sum(how) AS how
    FROM (SELECT article_id, idea, how * share AS how FROM hits JOIN best USING (id)
        UNION ALL SELECT article_id, idea, how FROM through) AS each
    GROUP BY article_id, idea
), scores AS (
    SELECT article_id, sum(worth * how) AS score,
        sum(worth) FILTER (WHERE counts) AS answered
    FROM answers AS row JOIN worths USING (idea)
    WHERE true {rows} GROUP BY article_id
), ranked AS (
    SELECT article_id, score, max(score) OVER () AS top FROM scores
    WHERE answered >= %(enough)s * (SELECT sum(worth) FROM worths WHERE counts)
)
SELECT article_id, best.id, ranked.score FROM ranked LEFT JOIN best USING (article_id)
WHERE ranked.score >= %(near_best)s * top
ORDER BY ranked.score DESC, article_id DESC LIMIT %(best)s"""


@dataclass(frozen=True, slots=True)
class Ranked:
    """An article, the text that answered if any did, and how well."""

    article_id: int
    version_id: int | None
    score: float


def ranked(
    ideas: Sequence[Idea],
    rows: QuerySet[Article],
    *,
    texts: int,
    locale: str,
    language: str = "",
    drafts: bool = False,
    enough: float = BOUNDS["enough"],
) -> list[Ranked]:
    """Return up to 100 of the articles ``rows``, the best answer first.

    ``locale`` is what the reader reads, ``language`` the only one wanted. ``drafts``
    lets texts answer of which readers get none yet. ``texts`` is how many there are at
    all, ``enough`` the share of what is asked for, by worth, that makes an answer.
    """
    if not ideas:
        return []
    among, names = _among(rows)
    published = "row.published_version_id"
    version = f"COALESCE({published}, row.current_version_id)" if drafts else published
    only = "AND row.locale = %(language)s" if language else ""
    statement = (
        _WAYS
        + _CAUSES
        + _WORTHS.format(columns=_COLUMNS)
        + _SCORES.format(version=version, language=only, rows=among)
    )
    given = {"ways": _as_json(ideas, texts), "locale": locale, "language": language}
    with connection.cursor() as cursor:
        cursor.execute(statement, {**BOUNDS, "enough": enough, **given, **names})
        return [Ranked(*row) for row in cursor.fetchall()]


def _among(rows: QuerySet[Article]) -> tuple[str, dict[str, Any]]:
    """Return what narrows the statement to some articles, and its parameters."""
    if not rows.query.where:
        return "", {}
    inner, parameters = rows.order_by().values("pk").query.sql_with_params()
    names = {f"row{at}": each for at, each in enumerate(parameters)}
    inner = inner % tuple(f"%({name})s" for name in names)
    return f"AND row.article_id IN ({inner})", names


def _as_json(ideas: Sequence[Idea], texts: int) -> str:
    return json.dumps(
        [
            {
                "idea": at,
                "weight": idea.worth * _rarity(idea, texts),
                "counts": idea.counts,
                "worth": way.worth,
                "headed": way.texts <= HEADED_IN,
                "said": way.texts <= SAID_IN,
                "english": way.english,
                "exact": way.question,
            }
            for at, idea in enumerate(ideas)
            for way in idea.ways
        ]
    )


def _rarity(idea: Idea, texts: int) -> float:
    """Return what an idea tells of a text, by how many of all have it (as in BM25)."""
    met = min(texts, max(way.texts for way in idea.ways))
    return math.log(1 + (texts - met + 0.5) / (met + 0.5))
