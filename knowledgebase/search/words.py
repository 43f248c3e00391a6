"""Which words do the published texts have, and which is meant by one they do not?

How many texts have a word is known from the last time they were counted; a newer text
is found all the same, only by words that pass for rarer than they are.
"""

import json
from collections.abc import Sequence
from datetime import datetime, timedelta
from difflib import SequenceMatcher
from typing import Any

from django.db import connection

from knowledgebase.models import ArticleEvent
from knowledgebase.search.asking import Idea

NEAR = 0.35  # of the trigrams of two words
ALIKE = 0.75  # of their letters in the same order
NEAREST = 4
SHORTEST = 3  # letters; shorter words are too much like others
TYPO_WORTH = 0.8
LATELY = timedelta(hours=2)  # twice the time between two looks

_COUNT = """
WITH counted AS MATERIALIZED (
    SELECT word, ndoc AS texts
    FROM ts_stat('SELECT said || asked FROM knowledgebase_articleversion AS text
        JOIN knowledgebase_articletranslation AS row
        ON row.published_version_id = text.id
        WHERE row.state <> ''archived''')
    WHERE length(word) BETWEEN 2 AND 64 AND word !~ '[0-9]{5}'
), gone AS (
    DELETE FROM knowledgebase_searchword AS old
    WHERE NOT EXISTS (SELECT FROM counted WHERE counted.word = old.word)
)
INSERT INTO knowledgebase_searchword (word, texts)
SELECT word, texts FROM counted ORDER BY word
ON CONFLICT (word) DO UPDATE SET texts = excluded.texts
    WHERE knowledgebase_searchword.texts <> excluded.texts
"""
# All parts of a phrase are in no more texts than its rarest part.
_TEXTS = """
SELECT at, coalesce(min(coalesce(texts, 0)), 0),
    (SELECT count(*) FROM knowledgebase_articletranslation)
FROM jsonb_to_recordset(%(ways)s::jsonb) AS way(at int, english text, exact text[])
CROSS JOIN LATERAL (
    SELECT unnest(exact
        || tsvector_to_array(to_tsvector('pg_catalog.english', english)))
) AS part(word)
LEFT JOIN knowledgebase_searchword USING (word) GROUP BY at
"""
# Letters that changed places share few trigrams: all such words are looked for as well.
_NEAR = """
WITH asked AS MATERIALIZED (
    SELECT word FROM unnest(%(words)s::text[]) AS given(word)
    WHERE NOT EXISTS (SELECT FROM knowledgebase_searchword AS known
        WHERE known.word IN (given.word,
            btrim(plainto_tsquery('pg_catalog.english', given.word)::text, '''')))
)
SELECT asked.word, near.word FROM asked CROSS JOIN LATERAL (
    SELECT word, similarity(word, asked.word) AS alike FROM knowledgebase_searchword
    WHERE word %% asked.word AND word ~ '^[a-z]+$'
        AND similarity(word, asked.word) >= %(near)s
    UNION
    SELECT word, 1 FROM knowledgebase_searchword
    WHERE word IN (SELECT overlay(asked.word
            PLACING reverse(substr(asked.word, at, 2)) FROM at FOR 2)
        FROM generate_series(1, length(asked.word) - 1) AS at)
    ORDER BY alike DESC, word LIMIT %(most)s
) AS near
"""


def refresh() -> None:
    """Count the words of all published texts anew."""
    with connection.cursor() as cursor:
        cursor.execute(_COUNT)


def refresh_if_changed(now: datetime) -> bool:
    """Do so if anything was done to an article within two hours; says whether."""
    lately = ArticleEvent.objects.filter(at__gt=now - LATELY).exists()
    if lately:
        refresh()
    return lately


def corrected(ideas: Sequence[Idea]) -> None:
    """Let ideas that no text has be said by words that are written much like them."""
    doubtful = {
        idea.word: idea
        for idea in ideas
        if len(idea.word) >= SHORTEST and idea.word.isascii() and idea.word.isalpha()
    }
    if not doubtful:
        return
    given: dict[str, Any] = {"words": list(doubtful), "near": NEAR, "most": NEAREST}
    with connection.cursor() as cursor:
        cursor.execute(_NEAR, given)
        for word, meant in cursor.fetchall():
            alike = SequenceMatcher(None, word, meant).ratio()
            if alike >= ALIKE:
                doubtful[word].add(meant, TYPO_WORTH * alike)


def counted(ideas: Sequence[Idea]) -> int:
    """Fill in how many texts have each way of saying an idea; return how many exist."""
    ways = [way for idea in ideas for way in idea.ways]
    asked = [
        {"at": at, "english": way.english, "exact": way.exact}
        for at, way in enumerate(ways)
    ]
    with connection.cursor() as cursor:
        cursor.execute(_TEXTS, {"ways": json.dumps(asked)})
        found = cursor.fetchall()
    for at, texts, _total in found:
        ways[at].texts = texts
    return found[0][2] if found else 0
