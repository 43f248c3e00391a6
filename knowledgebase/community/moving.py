"""How does a question go from one state to the next?"""

from django.utils.translation import gettext as _

from knowledgebase.community.refused import NotNow
from knowledgebase.models import QUESTION_TRANSITIONS, Question, QuestionState

# In which states a question takes answers.
TAKEN = (QuestionState.OPEN, QuestionState.ANSWERED, QuestionState.ACCEPTED)


def locked(pk: int) -> Question:
    """A question that nobody else moves until the transaction ends."""
    found: Question = Question.objects.select_for_update(no_key=True).get(pk=pk)
    return found


def move(question: Question, state: str) -> None:
    """Move a question that is locked; raises :class:`NotNow` if no way leads there."""
    if state not in QUESTION_TRANSITIONS[question.state]:
        raise NotNow(
            _("The question is: %(state)s.") % {"state": question.get_state_display()}
        )
    question.state = state
    question.save(update_fields=["state"])
