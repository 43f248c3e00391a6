"""How do facts and their configuration look in the admin site?"""

from deliveries.admin import configuration, facts
from deliveries.admin.policy import ConfigurationAdmin, FactAdmin, PolicyModelAdmin

__all__ = [
    "ConfigurationAdmin",
    "FactAdmin",
    "PolicyModelAdmin",
    "configuration",
    "facts",
]
