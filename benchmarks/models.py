"""What does the bare view store? A row with three indexes, as a report has at least."""

from typing import ClassVar

from django.db import models


class BareReport(models.Model):
    """The body, and the two things that a list would ask for."""

    client_report_id = models.CharField(max_length=128)
    channel = models.CharField(max_length=10)
    body = models.JSONField()
    created_at = models.DateTimeField(auto_now_add=True, db_index=True)

    objects: ClassVar[models.Manager["BareReport"]] = models.Manager()

    class Meta:
        db_table = "benchmark_bare_report"
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["client_report_id"], name="bare_once"),
        ]

    def __str__(self) -> str:
        return self.client_report_id
