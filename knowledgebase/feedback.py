"""What do readers say about a text, and who gets to read it?"""

from deliveries import vault
from deliveries.actor import Actor
from knowledgebase.models import (
    COMMENT_MAX,
    ArticleFeedback,
    ArticleVersion,
    FeedbackKind,
    ReaderKind,
)


def give(
    version: ArticleVersion, kind: FeedbackKind, actor: Actor, comment: str = ""
) -> ArticleFeedback:
    """Keep what a reader says, without personal data; it changes no ranking."""
    words = vault.redactor(vault.STAFF).text(comment.strip()).text
    person = actor.person_id
    return ArticleFeedback.objects.create(
        version=version,
        kind=kind,
        comment=words[:COMMENT_MAX],
        actor_kind=ReaderKind.PUBLIC if person is None else ReaderKind.PERSON,
        person_id=person,
    )
