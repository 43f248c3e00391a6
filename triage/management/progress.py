"""How does a command show how far it is, on a terminal and in a log?"""

from django.core.management.base import OutputWrapper

WIDTH = 30
LINES = 10  # in a log; a terminal gets one line that changes


class Progress:
    """A bar for one part of the work: ``bar.show(12)`` of ``total``."""

    def __init__(self, stream: OutputWrapper, words: str, total: int) -> None:
        self._stream = stream
        self._words = words
        self._total = max(total, 1)
        self._live = stream.isatty()
        self._shown = -1

    def show(self, done: int) -> None:
        """Say that ``done`` of the total are done, if that is news."""
        step = done * (100 if self._live else LINES) // self._total
        if step == self._shown:
            return
        self._shown = step
        if self._live:
            full = done * WIDTH // self._total
            bar = "█" * full + "░" * (WIDTH - full)
            self._write(f"\r{self._words} {bar} {done}/{self._total} ")
        else:
            self._write(f"{self._words} {done}/{self._total}\n")

    def close(self) -> None:
        """Leave the line of the bar."""
        if self._live:
            self._write("\n")

    def _write(self, text: str) -> None:
        # Not an error, so not in the colour of one.
        self._stream.write(text, style_func=str, ending="")
        self._stream.flush()
