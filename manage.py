#!/usr/bin/env python
"""Which settings do the commands run under? triage.settings, nothing else."""

import os
import sys

from django.core.management import execute_from_command_line

if __name__ == "__main__":
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "triage.settings")
    execute_from_command_line(sys.argv)
