"""How is one decision carried out on every ticket of a selection, and undone?"""

from triage.bulk.checking import Forecast, forbidden_ids, forecast, selected
from triage.bulk.running import INLINE, carry_out, forgotten, is_small
from triage.bulk.starting import TYPED_ABOVE, NotPermitted, left_alone, start, undo

__all__ = [
    "INLINE",
    "TYPED_ABOVE",
    "Forecast",
    "NotPermitted",
    "carry_out",
    "forbidden_ids",
    "forecast",
    "forgotten",
    "is_small",
    "left_alone",
    "selected",
    "start",
    "undo",
]
