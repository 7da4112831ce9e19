"""Says in words what a message is, in either direction: what stands in a list of chats; never the whole of it."""

from typing import Any

from ..wire import JsonObject


def words_of(content: JsonObject) -> str:
    """The text, the caption, a name; or the kind in brackets. Any content of the API's shape will do."""
    kind = str(content.get("type", ""))
    body: Any = content.get(kind) or {}
    return (", ".join(map(_name, body)) if kind == "contacts" else _words(kind, body)) or f"[{kind}]"


def _words(kind: str, body: JsonObject) -> str:
    match kind:
        case "text":
            return str(body["body"])
        case "location":
            return str(body.get("name") or f"{body['latitude']}, {body['longitude']}")
        case "button":
            return str(body["text"])
        case "interactive":
            return _interactive(body)
        case _:
            return str(body.get("caption") or body.get("filename") or "")


def _interactive(body: JsonObject) -> str:
    """The question of the business, or the answer of the contact."""
    if "body" in body:
        return str(body["body"]["text"])
    reply: JsonObject = body.get(str(body.get("type"))) or {}
    return str(reply.get("title") or reply.get("body") or "")


def _name(person: JsonObject) -> str:
    name: JsonObject = person.get("name") or {}
    phones: list[JsonObject] = person.get("phones") or [{}]
    return str(name.get("formatted_name") or phones[0].get("phone") or "[contact]")
