"""In which ways can a step in the community be refused, besides those of articles?"""


class NotNow(Exception):
    """It makes no sense as things are; the message says why, for a person."""


class TooOften(Exception):
    """The hour's budget is used up; ``retry_after_s`` is when the next one begins."""

    def __init__(self, retry_after_s: int) -> None:
        super().__init__(retry_after_s)
        self.retry_after_s = retry_after_s
