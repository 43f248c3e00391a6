"""What did the remote server say in a transcript, and how does its reply read whole?"""

import re
from collections.abc import Iterator, Sequence

_REPLY = r"[245][0-7]\d"

# "550-5.7.1 no such\n550 5.7.1 mailbox": one sentence, cut by the width of lines.
_WRAPPED = re.compile(rf"(?<![\w.])({_REPLY})-(?:#?([245]\.\d\.\d{{1,3}})[ -])?")
_OWN_REPLY = re.compile(rf"{_REPLY}[ -]")
# What the two sides of a session are marked with: sendmail, Postfix, others.
_THEIRS = re.compile(
    r"(?:(?:received )?<<<|out:|<-{1,3}|server:|s:)\s{0,4}", re.IGNORECASE
)
_OURS = re.compile(
    r"(?:(?:sent )?>>>|in:|-{1,3}>|client:|c:)\s{0,4}(?:ehlo|helo|lhlo|mail|rcpt|data"
    r"|bdat|quit|rset|starttls|auth|vrfy|xforward|xclient|noop|\.$)",
    re.IGNORECASE,
)
_REFUSED = re.compile(r"[45][0-7]\d\b")
_ACCEPTED = re.compile(r"[23][0-7]\d(?:[ -]|$)")
# After a refused recipient the next command is refused for that alone.
_CONSEQUENCE = re.compile(
    r"5(?:03|54)[ -].{0,40}(?:need rcpt|rcpt first|no valid recip|need recipient)",
    re.IGNORECASE,
)
_SESSION = re.compile(
    r"\W{0,12}(?:transcript of (?:the )?session|session transcript|(?:\.\.\. ?)?while"
    r" talking to|log of the (?:smtp )?session|end (?:of )?transcript)",
    re.IGNORECASE,
)


def of_remote(lines: Sequence[str], *, told: bool) -> Iterator[str]:
    """Yield lines; of a session's transcript only the refusals of the remote side.

    A reply without a mark below a marked one is what the reporting system made of it,
    and often another. ``told`` says that the report itself quotes the reply: then the
    transcript adds only what was said to other commands, and all of it is left out.
    """
    marked = inside = ours = False
    for line in lines:
        bare = line.strip()
        inside = inside or bool(_SESSION.match(bare))
        theirs = _THEIRS.match(bare)
        if theirs and (inside or "<<<" in theirs[0]):
            marked, ours = True, False
            reply = bare[theirs.end() :]
            refused = _REFUSED.match(reply) or not _ACCEPTED.match(reply)
            if refused and not told and not _CONSEQUENCE.match(reply):
                yield reply
        elif (command := _OURS.match(bare)) and (inside or ">>>" in command[0]):
            ours = True
        elif ours and line.startswith("     "):
            pass  # a command goes on
        elif _OWN_REPLY.match(bare) and (marked or (inside and told)):
            pass
        elif not _SESSION.match(bare):
            ours = False
            yield line


def ends(words: str) -> bool:
    """Whether a reply is whole: the hyphen of its first line promises another."""
    found = _WRAPPED.match(words)
    return not found or bool(re.search(rf"\s{found[1]}(?: |$)", words))


def unwrapped(words: str) -> str:
    """Join a reply of several lines to one sentence (RFC 5321, 4.2.1)."""
    found = _WRAPPED.search(words)
    if not found:
        return words
    code, status = found[1], found[2]
    again = rf"\s{{1,4}}{code}[ -]"
    opening = f"{code} "
    if status:
        again += rf"(?:#?\s{{0,4}}{re.escape(status)}[ -])?"
        opening += f"{status} "
    rest = re.sub(again, " ", " ".join(words[found.end() :].split()))
    return words[: found.start()] + opening + rest
