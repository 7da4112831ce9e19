"""Answers what may be read of number and account: fields, templates page by page, subscriptions; changes nothing."""

import base64
from typing import TYPE_CHECKING, Any, Final

from aiohttp import web
from yarl import URL

from ..wire import JsonObject
from .errors import RefusedError

if TYPE_CHECKING:
    from .cloud import WhatsAppCloud

PAGE: Final = 25
BIGGEST_PAGE: Final = 1000
_ALWAYS: Final = ("id",)
_TEMPLATE_FIELDS: Final = ("name", "language", "status", "category", "parameter_format", "components")
_FILTERS: Final = ("name", "language", "status", "category")


class Reading:
    """What `GET` finds."""

    def __init__(self, cloud: "WhatsAppCloud") -> None:
        self._cloud = cloud

    def number(self, fields: str) -> JsonObject:
        """The business number itself."""
        cloud = self._cloud
        known: JsonObject = {
            "display_phone_number": f"+{cloud.line.display_phone_number}",
            "verified_name": cloud.verified_name,
            "quality_rating": "GREEN",
            "code_verification_status": "VERIFIED",
            "name_status": "APPROVED",
            "platform_type": "CLOUD_API",
            "throughput": {"level": cloud.throughput},
            "is_on_biz_app": cloud.is_coexistence,
            "webhook_configuration": {"application": cloud.webhook_url},
            "whatsapp_business_manager_messaging_limit": "TIER_2K",
        }
        return {"id": cloud.line.phone_number_id} | _chosen(known, fields, tuple(known))

    def templates(self, request: web.Request) -> JsonObject:
        """One page of templates, filtered as asked; `paging.next` is there as long as there are more."""
        query = request.query
        listed = [template.as_listed() for template in self._cloud.templates.all]
        found = [item for item in listed if all(query.get(name, item[name]) == item[name] for name in _FILTERS)]
        start, size = _position(query.get("after", "")), _size(query.get("limit", str(PAGE)))
        page = found[start : start + size]
        fields = query.get("fields", "")
        answer: JsonObject = {"data": [{"id": item["id"]} | _chosen(item, fields, _TEMPLATE_FIELDS) for item in page]}
        if page:
            end = _cursor(start + len(page))
            paging: JsonObject = {"cursors": {"before": _cursor(start), "after": end}}
            answer["paging"] = paging
            if start + len(page) < len(found):
                url = URL(self._cloud.base_url + request.path).with_query(request.query).update_query(after=end)
                paging["next"] = str(url)
        return answer

    def subscribed_apps(self) -> JsonObject:
        """Which app gets the webhooks of this account."""
        app = {
            "whatsapp_business_api_data": {"id": "670000000000001", "name": "Waybill", "link": "https://example.com"}
        }
        return {"data": [app] if self._cloud.is_subscribed else []}

    def token(self, token: str) -> JsonObject:
        """What a token may do, and until when (0: for ever)."""
        cloud = self._cloud
        scopes = ["whatsapp_business_messaging", "whatsapp_business_management"]
        granular = [{"scope": scope, "target_ids": [cloud.line.waba_id]} for scope in scopes]
        is_valid = token == cloud.access_token
        data: dict[str, Any] = {"app_id": "670000000000001", "is_valid": is_valid, "expires_at": 0}
        return {"data": data | {"scopes": scopes if is_valid else [], "granular_scopes": granular if is_valid else []}}


def _chosen(known: JsonObject, fields: str, default: tuple[str, ...]) -> JsonObject:
    asked = [name.strip() for name in fields.split(",") if name.strip()] or list(default)
    unknown = [name for name in asked if name not in known and name not in _ALWAYS]
    if unknown:
        raise RefusedError(100, f"Tried accessing nonexisting field ({unknown[0]})")
    return {name: known[name] for name in asked if name in known}


def _cursor(position: int) -> str:
    return base64.urlsafe_b64encode(str(position).encode()).decode()


def _position(cursor: str) -> int:
    try:
        return int(base64.urlsafe_b64decode(cursor) or b"0")
    except ValueError as error:
        raise RefusedError(100, "after: not a cursor of ours") from error


def _size(limit: str) -> int:
    if not limit.isdecimal() or not 1 <= int(limit) <= BIGGEST_PAGE:
        raise RefusedError(100, f"limit: must be 1 to {BIGGEST_PAGE}")
    return int(limit)
