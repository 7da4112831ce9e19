"""Keeps the templates of the business and says whether a send fits one, and what the contact then reads."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Final, Literal

from ..wire import Fields, JsonObject
from .errors import RefusedError

Category = Literal["MARKETING", "UTILITY", "AUTHENTICATION"]
TemplateStatus = Literal["APPROVED", "PENDING", "REJECTED", "PAUSED", "DISABLED", "IN_APPEAL", "ARCHIVED"]

BODY_LIMIT: Final = 1024
MEDIA_HEADERS: Final = frozenset({"IMAGE", "VIDEO", "DOCUMENT"})
_FIELD: Final = re.compile(r"\{\{\s*(\w+)\s*\}\}")
_FORBIDDEN: Final = re.compile(r"[\n\t]| {5,}")
_REFUSALS: Final[Mapping[str, int]] = {"PAUSED": 132015, "DISABLED": 132016}


@dataclass(frozen=True, slots=True, kw_only=True)
class Template:
    """One template in one language. `header` is a text or, in capitals, the kind of file that stands there.

    A field is written `{{1}}` (positional) or `{{first_name}}` (named), never both in one template.
    `buttons` are what the API lists: quick replies, addresses, numbers.
    """

    id: str
    name: str
    language: str
    body: str
    category: Category = "UTILITY"
    status: TemplateStatus = "APPROVED"
    header: str | None = None
    footer: str | None = None
    buttons: Sequence[JsonObject] = field(default_factory=list[JsonObject])
    reason: str = "NONE"

    @property
    def parameter_format(self) -> Literal["POSITIONAL", "NAMED"]:
        """How its fields are named."""
        names = _FIELD.findall(self.body + (self.header or ""))
        return "NAMED" if any(not name.isdecimal() for name in names) else "POSITIONAL"

    def as_listed(self) -> JsonObject:
        """The item of `message_templates`."""
        return {
            "id": self.id,
            "name": self.name,
            "language": self.language,
            "status": self.status,
            "category": self.category,
            "parameter_format": self.parameter_format,
            "components": self._components(),
            "rejected_reason": self.reason,
        }

    def _components(self) -> list[JsonObject]:
        parts: list[JsonObject] = []
        if self.header in MEDIA_HEADERS:
            parts.append({"type": "HEADER", "format": self.header})
        elif self.header:
            parts.append(
                {"type": "HEADER", "format": "TEXT", "text": self.header} | self._example("header_text", self.header)
            )
        parts.append({"type": "BODY", "text": self.body} | self._example("body_text", self.body))
        parts += [{"type": "FOOTER", "text": self.footer}] if self.footer else []
        return parts + ([{"type": "BUTTONS", "buttons": list(self.buttons)}] if self.buttons else [])

    def _example(self, key: str, text: str) -> JsonObject:
        names = list(dict.fromkeys(_FIELD.findall(text)))
        if not names:
            return {}
        if self.parameter_format == "NAMED":
            return {"example": {f"{key}_named_params": [{"param_name": name, "example": name} for name in names]}}
        examples = [f"example {name}" for name in names]
        return {"example": {key: [examples] if key == "body_text" else examples}}


@dataclass(frozen=True, slots=True, kw_only=True)
class Rendered:
    """What the contact sees of a template. `header_media` is the payload of the file in its header."""

    body: str
    category: Category
    header: str | None = None
    header_media: JsonObject | None = None
    footer: str | None = None
    buttons: Sequence[JsonObject] = ()

    def as_content(self) -> JsonObject:
        """As the phone keeps it."""
        parts = {"header": self.header, "header_media": self.header_media, "body": self.body, "footer": self.footer}
        return {"type": "template", "template": parts | {"buttons": list(self.buttons), "category": self.category}}


class Catalogue:
    """All templates of one business account, in the order they were made."""

    def __init__(self, templates: Sequence[Template]) -> None:
        self._templates = {(template.name, template.language): template for template in templates}

    @property
    def all(self) -> Sequence[Template]:
        """Every template, whatever its status."""
        return list(self._templates.values())

    def put(self, template: Template) -> None:
        """Add a template, or change the one of that name and language."""
        self._templates[template.name, template.language] = template

    def become(self, name: str, language: str, status: TemplateStatus, reason: str = "NONE") -> Template:
        """Change a template's status; returns it."""
        template = replace(self._templates[name, language], status=status, reason=reason)
        self.put(template)
        return template

    def render(self, send: Fields) -> Rendered:
        """What the contact reads; RefusedError with Meta's code where name, status or parameters do not fit."""
        template = self._usable(send.text("name"), send.section("language").text("code"))
        parts = {component.text("type").lower(): component for component in send.sections("components")}
        header, header_media = self._header(template, parts.get("header"))
        body = _filled(template, template.body, parts.get("body"))
        if len(body) > BODY_LIMIT:
            raise RefusedError(132005, f"the text has {len(body)} characters, {BODY_LIMIT} are allowed")
        return Rendered(
            body=body,
            category=template.category,
            header=header,
            header_media=header_media,
            footer=template.footer,
            buttons=template.buttons,
        )

    def _usable(self, name: str, language: str) -> Template:
        template = self._templates.get((name, language))
        if template is not None and template.status in _REFUSALS:
            raise RefusedError(_REFUSALS[template.status], f"template {name} ({language}) is {template.status}")
        if template is None or template.status != "APPROVED":
            raise RefusedError(132001, f"template name ({name}) does not exist in {language}")
        return template

    def _header(self, template: Template, given: Fields | None) -> tuple[str | None, JsonObject | None]:
        if template.header not in MEDIA_HEADERS:
            return (_filled(template, template.header, given) if template.header else None), None
        wanted = template.header.lower()
        parameters = given.sections("parameters") if given else []
        if len(parameters) != 1:
            raise RefusedError(132012, f"header: expected one {wanted}")
        if parameters[0].text("type") != wanted:
            raise RefusedError(132012, f"header: expected {wanted}, got {parameters[0].text('type')}")
        return None, {"type": wanted, wanted: parameters[0].section(wanted).raw}


def _filled(template: Template, text: str, given: Fields | None) -> str:
    """A text with its fields filled in; the number of values must be the number of fields."""
    names = list(dict.fromkeys(_FIELD.findall(text)))
    parameters = given.sections("parameters") if given else []
    if len(parameters) != len(names):
        raise RefusedError(132000, f"{len(names)} parameters are expected, {len(parameters)} are given")
    if template.parameter_format == "NAMED":
        values = {_named(parameter): _value(parameter) for parameter in parameters}
        if set(values) != set(names):
            raise RefusedError(132012, f"parameters are to be named {', '.join(names)}")
    else:
        values = dict(zip(sorted(names, key=int), map(_value, parameters), strict=True))
    return _FIELD.sub(lambda found: values[found[1]], text)


def _named(parameter: Fields) -> str:
    if "parameter_name" not in parameter:
        raise RefusedError(132012, f"{parameter.path}.parameter_name: is required, the template's fields are named")
    return parameter.text("parameter_name")


def _value(parameter: Fields) -> str:
    if parameter.text("type") != "text":
        raise RefusedError(132012, f"{parameter.path}.type: must be text")
    value = parameter.text("text")
    if not value:
        raise RefusedError(132008, f"{parameter.path}.text: is empty")
    if _FORBIDDEN.search(value):
        raise RefusedError(132012, f"{parameter.path}.text: no line breaks, tabs or more than 4 spaces in a row")
    return value


def _quick_reply(text: str) -> JsonObject:
    return {"type": "QUICK_REPLY", "text": text}


EXAMPLES: Final = (
    Template(
        id="7001",
        name="follow_up",
        language="en_GB",
        header="Your adviser",
        body="Hello {{first_name}}, this is {{adviser}} of Keller & Partners. May we continue our conversation?",
        footer="Messages are recorded",
        buttons=[_quick_reply("Yes, please"), _quick_reply("Not now")],
    ),
    Template(
        id="7002",
        name="follow_up",
        language="de",
        header="Ihre Beratung",
        body="Guten Tag {{first_name}}, hier ist {{adviser}} von Keller & Partners. Dürfen wir weitersprechen?",
        footer="Nachrichten werden aufgezeichnet",
        buttons=[_quick_reply("Ja, gern"), _quick_reply("Nicht jetzt")],
    ),
    Template(
        id="7003",
        name="follow_up",
        language="fr",
        body="Bonjour {{first_name}}, ici {{adviser}} de Keller & Partners. Pouvons-nous poursuivre ?",
        status="PENDING",
    ),
    Template(
        id="7004",
        name="appointment",
        language="en_GB",
        body="Your appointment on {{1}} at {{2}} is confirmed.",
        buttons=[
            {"type": "URL", "text": "Show in calendar", "url": "https://keller.example/appointment"},
            {"type": "PHONE_NUMBER", "text": "Call us", "phone_number": "+442079460100"},
        ],
    ),
    Template(
        id="7005",
        name="document_ready",
        language="en_GB",
        header="DOCUMENT",
        body="The document you asked for is attached, {{1}}.",
    ),
    Template(
        id="7006", name="hello_world", language="en_US", header="Hello World", body="Welcome and congratulations!"
    ),
    Template(
        id="7007",
        name="spring_offer",
        language="en_GB",
        category="MARKETING",
        body="Our spring offer for you, {{1}}: a free review of your portfolio.",
        footer="Reply STOP to opt out",
    ),
    Template(
        id="7008",
        name="sign_in_code",
        language="en_GB",
        category="AUTHENTICATION",
        body="{{1}} is your verification code.",
    ),
    Template(
        id="7009", name="market_news", language="en_GB", category="MARKETING", status="PAUSED", body="News: {{1}}"
    ),
    Template(
        id="7010",
        name="urgent_call",
        language="en_GB",
        status="REJECTED",
        reason="TAG_CONTENT_MISMATCH",
        body="Call us at once, {{1}}!",
    ),
    Template(id="7011", name="old_notice", language="en_GB", status="DISABLED", body="A notice of last year."),
    Template(id="7012", name="archived_notice", language="en_GB", status="ARCHIVED", body="A notice put away."),
)
"""What a new business account has here: every status, category and kind of field at least once."""
