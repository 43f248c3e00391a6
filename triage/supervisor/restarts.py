"""When is a child that exited started again, and when is it given up? Pure."""

from collections.abc import Sequence

# Long enough to notice a child that cannot start, short enough not to fill a log.
WINDOW_S = 60.0
EXITS_IN_WINDOW = 5
LONGEST_DELAY_S = 30.0


def delay_after(exits: Sequence[float]) -> float | None:
    """Seconds to wait before the next start, or None to give up.

    ``exits`` are the times of all exits so far in seconds, oldest first, the newest
    included. The delay is 1, 2, 4 … 30 s; a minute without an exit starts it anew.
    """
    newest = exits[-1]
    if sum(1 for each in exits if newest - each < WINDOW_S) >= EXITS_IN_WINDOW:
        return None
    in_a_row = 1
    for later, earlier in zip(exits[::-1], exits[-2::-1], strict=False):
        if later - earlier >= WINDOW_S:
            break
        in_a_row += 1
    return min(LONGEST_DELAY_S, 2.0 ** (in_a_row - 1))
