"""How much may be uploaded in one go? Asked before a byte of it is kept."""

from typing import Any

from django.core.exceptions import RequestDataTooBig
from django.core.files.uploadhandler import FileUploadHandler

from triage.models.attachment import MOST_BYTES

AROUND = 256 * 1024  # bytes of the fields beside the file


class Bounded(FileUploadHandler):
    """Refuses a request that says it is longer than one file and its fields."""

    def handle_raw_input(
        self,
        input_data: Any,
        META: Any,  # noqa: N803
        content_length: int,
        boundary: Any,
        encoding: Any = None,
    ) -> None:
        """Look at the length that the request names."""
        if content_length > MOST_BYTES + AROUND:
            raise RequestDataTooBig

    def receive_data_chunk(self, raw_data: bytes, start: int) -> bytes:
        """Leave the bytes to the next handler."""
        return raw_data

    def file_complete(self, file_size: int) -> None:
        """Keep nothing."""
