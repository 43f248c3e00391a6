"""What does the manual say about who may do what? Whatever the table says.

Pure text made from ``triage/grants.py``; ``manage.py permissions`` prints it.
"""

from triage import grants
from triage.grants import Cell

HEADER = """\
# Permissions

Who may do what. This page is generated from `triage/grants.py`, the only place where
a grant is written: `manage.py permissions > docs/permissions.md`.

| Cell | Meaning |
| --- | --- |
| Y | on any object |
| S | on objects in one's scope: the source of a key, the queues of an agent, \
specialist or lead, the solved tickets for an editor |
| O | on one's own objects only |
| – | never |

An object out of scope answers 404, one in scope that may not be changed 403. An agent
may read a colleague's ticket and note on it, and nothing else. `specialist` includes
`agent`, and `lead` includes `specialist`, each in the queues of that membership.
`is_superuser` means the role `admin` and bypasses nothing. An action that is not in
the table is refused to everybody.
"""

KEYS = """
## What a key's scope admits

A scope narrows what the key's role may do; it never widens it.
"""

RESENDS = """
## How many messages one person may send again in one go

Above it, with an edit, or with messages that may have arrived, a lead has to agree
(`resend.approve`), who is never the one that planned it. An amount is that of the role
held in all queues of the messages.
"""


def render() -> str:
    """The text of ``docs/permissions.md``."""
    return "\n".join([HEADER, *_table(), KEYS, *_scopes(), RESENDS, *_limits()]) + "\n"


def _table() -> list[str]:
    rows = [_row(["Action", *grants.COLUMNS]), _rule(1 + len(grants.COLUMNS))]
    for action, cells in grants.TABLE.items():
        shown = [_shown(cells[role]) for role in grants.COLUMNS]
        rows.append(_row([f"`{action}`", *shown]))
    return rows


def _scopes() -> list[str]:
    rows = [_row(["Action", "Scope"]), _rule(2)]
    for action, scope in grants.SCOPE_OF_ACTION.items():
        rows.append(_row([f"`{action}`", f"`{scope}`"]))
    return rows


def _limits() -> list[str]:
    rows = [_row(["Role", "Messages"]), _rule(2)]
    for role, limit in grants.RESEND_LIMIT.items():
        rows.append(_row([role, f"{limit:,}"]))
    return rows


def _shown(cell: Cell) -> str:
    return "–" if cell is Cell.REFUSED else cell.value


def _row(cells: list[str]) -> str:
    return f"| {' | '.join(cells)} |"


def _rule(columns: int) -> str:
    return _row(["---"] * columns)
