"""Is what processes use counted, children included?"""

import os
import subprocess
import sys

from benchmarks import processes


def test_a_tree_holds_its_children() -> None:
    argv = [sys.executable, "-c", "input()"]
    with subprocess.Popen(argv, stdin=subprocess.PIPE) as child:
        assert {os.getpid(), child.pid} <= processes.tree(os.getpid())
        assert processes.parent(child.pid) == os.getpid()
        child.communicate()


def test_time_of_an_ended_child_is_not_lost() -> None:
    me = {os.getpid()}
    before = processes.cpu_s(me)
    subprocess.run([sys.executable, "-c", "sum(range(3_000_000))"], check=True)
    assert processes.cpu_s(me) > before


def test_memory_is_more_than_nothing() -> None:
    assert processes.pss_mb({os.getpid()}) > 1


def test_a_process_that_ended_uses_nothing() -> None:
    assert processes.cpu_s({2**22 + 1}) == 0
    assert processes.pss_mb({2**22 + 1}) == 0
