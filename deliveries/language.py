"""Which of the two languages does the reader of this page or answer read?"""

from django.utils.translation import get_language

EN, ZH_HANS = "en", "zh-hans"


def reads_chinese() -> bool:
    """Say whether the active language is Chinese; any other reader gets English."""
    return (get_language() or EN).startswith("zh")


def current() -> str:
    """The tag of the language to show: ``en`` or ``zh-hans``."""
    return ZH_HANS if reads_chinese() else EN
