"""Does a bar move on a terminal, and stay brief in a log?"""

from io import StringIO

from django.core.management.base import OutputWrapper

from triage.management.progress import Progress


class Terminal(StringIO):
    def isatty(self) -> bool:
        return True


def shown(stream: StringIO, total: int) -> str:
    bar = Progress(OutputWrapper(stream), "filing", total)
    for done in range(1, total + 1):
        bar.show(done)
    bar.close()
    return stream.getvalue()


def test_a_terminal_has_one_line_that_fills() -> None:
    text = shown(Terminal(), 40)

    assert text.count("\n") == 1
    assert text.rstrip().endswith("█" * 30 + " 40/40")


def test_a_log_has_few_lines() -> None:
    lines = shown(StringIO(), 779).splitlines()

    assert len(lines) == 11
    assert lines[-1] == "filing 779/779"


def test_nothing_to_do_is_no_mistake() -> None:
    assert shown(StringIO(), 0) == ""
