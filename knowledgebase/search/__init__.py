"""Which articles answer a question, the best first?"""

from knowledgebase.search.finding import (
    PAGE,
    PAGES,
    Found,
    Hit,
    keys,
    like,
    public,
    staff,
)

__all__ = ["PAGE", "PAGES", "Found", "Hit", "keys", "like", "public", "staff"]
