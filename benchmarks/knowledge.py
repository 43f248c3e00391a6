"""Is the right article among the first three, and how fast, at 10,000 articles?

The questions are those of ``data/knowledge.txt``: agents ask everything, end users
what is public. A third of them was held out while the search was tuned. Those of
``data/knowledge_second.txt`` are by somebody who knew nothing but the titles.
"""

import json
import subprocess
import sys
from typing import Any

from benchmarks import stack
from benchmarks.stack import CHECKOUT

PORT = 8700
HEAD = """\
The articles of the product, and what people ask in words of their own. Right is an
article about nothing but a cause that answers, or the guide that is named; any of the
three that are shown first. Tuned: the questions at hand while the search was made, by
whoever wrote both. Held out: every third question, looked at when it was done.
Second: some 160 questions a language by another author, who had seen the titles alone;
an article about something nearby that this author names counts as well.
The time is that of a whole search with its excerpts, by staff and the public, among
10,000 articles in two languages, five times each question. Undisturbed: of each
question the fastest of the five. CPU: what it takes of a core, in this process and in
the database's. Where these differ much, the machine was doing other work.

"""


def run() -> dict[str, Any]:
    """Run the product on a database of its own, and ask it."""
    with stack.lent_folder() as var, stack.lent_database() as database:
        environment = stack.variables(var, database)
        argv = [sys.executable, "manage.py", "up", "--port", str(PORT)]
        with stack.started(argv, environment) as product:
            stack.await_answer(PORT, "/readyz", product)
            inside = [sys.executable, "-m", "benchmarks.inside"]
            said = subprocess.check_output(
                [*inside, "knowledge_inside", "measure"], cwd=CHECKOUT, env=environment
            )
    figures: dict[str, Any] = json.loads(said)
    return figures
