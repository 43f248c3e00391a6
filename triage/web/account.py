"""How do people log in to the desk?"""

from typing import Any

from allauth.account.adapter import DefaultAccountAdapter
from allauth.account.auth_backends import AuthenticationBackend
from django.contrib.auth.models import Group, User
from django.http import HttpRequest

from deliveries import together
from triage.models import Membership


class StaffAccountAdapter(DefaultAccountAdapter):
    """Accounts are made by an admin; nobody signs up alone."""

    def is_open_for_signup(self, request: HttpRequest) -> bool:
        """Refuse every sign-up."""
        return False


class StaffBackend(AuthenticationBackend):
    """Knows people by name or e-mail address, and fetches what goes with them."""

    def get_user(self, user_id: Any) -> User | None:
        """Fetch who is logged in with profile, memberships and groups, in one go."""
        people = User.objects.select_related("agent_profile").filter(pk=user_id)
        memberships = Membership.objects.filter(person=user_id).order_by()
        groups = Group.objects.filter(user=user_id).order_by()
        together.fetch(people, memberships, groups)
        for user in people:
            known = {"memberships": memberships, "groups": groups}
            vars(user)["_prefetched_objects_cache"] = known
            return user if self.user_can_authenticate(user) else None
        return None
