"""Facts: what was sent, to whom, by which channel and provider, and what came back?

This app knows nobody above it: it reports facts, and leaves rows (``FactChange``)
that the layers above claim. It never says *why* a delivery failed; ``triage``
writes that verdict down onto the attempt.
"""
