"""How do facts and their configuration look in the admin site?"""

from deliveries.admin import (
    configuration,
    facts,
    hooks,
    limits,
    providers,
    resends,
)
from deliveries.admin.policy import (
    ConfigurationAdmin,
    FactAdmin,
    PolicyModelAdmin,
    ReadableAdmin,
)

__all__ = [
    "ConfigurationAdmin",
    "FactAdmin",
    "PolicyModelAdmin",
    "ReadableAdmin",
    "configuration",
    "facts",
    "hooks",
    "limits",
    "providers",
    "resends",
]
