"""Does intake go on without its broker, and is the work done once that is back?"""

import uuid

from tests.callers import LEAST
from tests.faults.serving import Answer, Served
from triage.supervisor import programs

FIRST_S = 2.5
LATER_S = 0.5
# The limits are for two free cores; the run shares them with other tests.
SLACK = 3.0
REPORTS = 5
COUNT = "SELECT count(*) FROM triage_failurereport"


def file(site: Served) -> Answer:
    name = uuid.uuid4().hex
    answer = site.post(LEAST | {"client_report_id": name}, name, FIRST_S * SLACK)
    assert answer.status == 202
    return answer


def test_reports_are_taken_without_the_broker_and_digested_after(site: Served) -> None:
    file(site)
    [before] = site.rows(COUNT)  # other tests may have filed reports of their own
    site.kill_queue_store()
    answers = [file(site) for _ in range(REPORTS)]
    assert answers[0].seconds <= FIRST_S * SLACK
    assert max(answer.seconds for answer in answers[1:]) <= LATER_S * SLACK
    assert site.rows(COUNT) == [before + REPORTS]
    site.services.supervisor.start(programs.worker(site.site))
    received = "SELECT id FROM triage_failurereport WHERE state = 'received'"
    site.until(lambda: not site.rows(received))
