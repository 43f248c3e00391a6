"""What does a message say, and how is that kept so that only a send reads it?

A source keeps its contents itself and need not hand them over. Where it does not, a
provider that needs words is not called: the send is refused, and nothing is invented.
"""

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field

from django.utils.translation import gettext as _

from deliveries import vault
from deliveries.models import Message, RecipientKey

LONGEST = 64 * 1024  # bytes of everything together; a pictureless mail is a third of it
MOST_VARIABLES = 50


class Unfit(ValueError):
    """A content breaks a limit; the message says which."""


@dataclass(frozen=True, slots=True)
class Content:
    """The words of one message; what is empty was not given.

    ``template`` names a text that the provider keeps, filled with ``variables`` in
    their order. ``link`` is where a press on a push leads.
    """

    subject: str = ""
    text: str = ""
    html: str = ""
    link: str = ""
    template: str = ""
    variables: Mapping[str, str] = field(default_factory=dict)

    @property
    def words(self) -> tuple[str, ...]:
        """Every text in it, for masking what a provider repeats."""
        given = (self.subject, self.text, self.html, self.link)
        return tuple(filter(None, (*given, *self.variables.values())))


def keep(message: Message, content: Content) -> bool:
    """Seal what a message says with the key of its person, in place of what it said.

    Needs an open transaction. False, and nothing is kept, when the message has no
    person or the person has been forgotten. Raises :class:`Unfit`.
    """
    text = json.dumps(_checked(content), ensure_ascii=False)
    if len(text.encode()) > LONGEST:
        raise Unfit(_("The content is longer than 64 KB."))
    if message.recipient is None:
        return False
    key, _new = RecipientKey.objects.get_or_create(
        recipient=message.recipient, defaults={"wrapped_key": vault.new_person_key()}
    )
    if key.wrapped_key is None:
        return False
    sealed = vault.seal(bytes(key.wrapped_key), text, _context(message))
    message.sealed_content = sealed
    Message.objects.filter(pk=message.pk).update(sealed_content=sealed)
    return True


def read(message: Message) -> Content | None:
    """Unseal what a message says, in order to send it; None if it was never given.

    Raises ``vault.Unreadable`` when the person has been forgotten.
    """
    if message.sealed_content is None or message.recipient is None:
        return None
    wrapped = message.recipient.key.wrapped_key
    if wrapped is None:
        raise vault.Unreadable("content")
    sealed = bytes(message.sealed_content)
    return Content(
        **json.loads(vault.unseal(bytes(wrapped), sealed, _context(message)))
    )


def _context(message: Message) -> str:
    return f"content:{message.public_id}"


def _checked(content: Content) -> dict[str, object]:
    """Return the content as it is stored; a line break in a header is no header."""
    if any(each in content.subject for each in "\r\n"):
        raise Unfit(_("A subject is one line."))
    if len(content.variables) > MOST_VARIABLES:
        raise Unfit(_("There are more than 50 variables."))
    stored = asdict(content)
    if any(not _is_text(each) for each in (*content.words, content.template)):
        raise Unfit(_("A text holds a NUL or half a character."))
    return stored


def _is_text(text: str) -> bool:
    try:
        return b"\0" not in text.encode()
    except UnicodeEncodeError:
        return False
