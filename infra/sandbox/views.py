"""Knows how the page's parts look as JSON: phones and channels as the stand-ins hold them; changes nothing."""

import re

from .clouds import ADMIN, Clouds
from .sanitise import sanitised, shown
from .teams import Channel, Person, Post
from .teams.drive import web_url
from .teams.posts import HTML
from .whatsapp import ChatMessage, Wamid
from .whatsapp.formats import TYPES
from .whatsapp.phone import Chat
from .wire import JsonObject

ROLES = {
    "Olivia Brandt": "owner",
    "Ruth Meier": "compliance",
    "Jon Ames": "registrar",
    "Marc Weber": "adviser",
}
"""What the set-up story makes of people; everybody else is `none`."""


def phone_view(clouds: Clouds) -> JsonObject:
    """The phones of all contacts."""
    business = {"name": clouds.whatsapp.verified_name, "number": clouds.whatsapp.display_number}
    return {"business": business, "contacts": [_contact(clouds, chat) for chat in clouds.whatsapp.chats]}


def _contact(clouds: Clouds, chat: Chat) -> JsonObject:
    handset, now = chat.handset, clouds.clock()
    messages = clouds.whatsapp.chat(chat.key)
    quoted = {message.id: _quote(message) for message in chat.messages}
    return {
        "id": chat.key,
        "name": handset.name,
        "number": handset.number,
        "username": handset.username,
        "typing": chat.typing_until is not None and now < chat.typing_until,
        "open_until": chat.open_until.isoformat() if chat.open_until else None,
        "is_on": chat.is_switched_on,
        "hears_marketing": chat.key not in clouds.whatsapp.opted_out,
        "unread": sum(message.author == "business" and message.status == "delivered" for message in messages),
        "messages": [_message(clouds, message, quoted) for message in messages],
    }


def _quote(message: ChatMessage) -> JsonObject:
    return {"text": message.text, "mine": message.author == "contact"}


def _message(clouds: Clouds, message: ChatMessage, quoted: dict[Wamid, JsonObject]) -> JsonObject:
    content = {} if message.is_deleted else message.content or {"type": "text", "text": {"body": message.text}}
    context: JsonObject = content.get("context") or {}
    referral: JsonObject = content.get("referral") or {}
    body = content.get(message.kind)
    return {
        "id": message.id,
        "from": message.author,
        "text": message.text,
        "kind": message.kind,
        "body": body,
        "file": _file(clouds, body) if message.kind in TYPES else None,
        "header_file": _header_file(clouds, body) if message.kind == "template" else None,
        "forwarded": bool(context.get("forwarded") or context.get("frequently_forwarded")),
        "ad": referral.get("headline"),
        "time": message.time.isoformat(),
        "status": message.status,
        "reaction": message.reaction,
        "edited": message.is_edited,
        "deleted": message.is_deleted,
        "quoted": quoted.get(message.quoted) if message.quoted else None,
    }


def _header_file(clouds: Clouds, body: JsonObject | None) -> JsonObject | None:
    media: JsonObject = (body or {}).get("header_media") or {}
    return _file(clouds, media.get(str(media.get("type"))))


def _file(clouds: Clouds, body: JsonObject | None) -> JsonObject | None:
    """What the phone knows of a file of ours; None for one that only an address names."""
    if body is None or not clouds.whatsapp.media.knows(str(body.get("id"))):
        return None
    asset = clouds.whatsapp.media.asset(body["id"])
    return {
        "id": asset.id,
        "mime_type": asset.mime_type,
        "size": asset.size,
        "name": body.get("filename") or asset.name,
    }


def teams_view(clouds: Clouds) -> JsonObject:
    """The team: people, channels with their threads, and personal chats that have begun."""
    teams = clouds.teams
    chats = [(person, teams.chat(person)) for person in teams.people]
    return {
        "team": teams.team.name,
        "bot": {"name": teams.bot.name, "id": teams.bot.id},
        "people": [_person(person) for person in teams.people],
        "channels": [_channel(clouds, channel) for channel in teams.team.channels],
        "chats": [
            {"person": person.aad_object_id, "posts": [_post(clouds, post) for post in posts]}
            for person, posts in chats
            if posts
        ],
    }


def _person(person: Person) -> JsonObject:
    return {"id": person.aad_object_id, "name": person.name, "role": ROLES.get(person.name, "none")}


def _channel(clouds: Clouds, channel: Channel) -> JsonObject:
    kind = "admin" if channel.id == ADMIN.id else "client"
    threads = [
        {"id": root.id, "root": _post(clouds, root), "replies": [_post(clouds, reply) for reply in replies]}
        for root, *replies in clouds.teams.channel(channel)
    ]
    return {"id": channel.id, "name": channel.name, "kind": kind, "threads": threads}


def _post(clouds: Clouds, post: Post) -> JsonObject:
    author = {"id": post.author if post.is_bot else post.author_aad, "name": post.author_name, "bot": post.is_bot}
    shown: JsonObject = {
        "id": post.id,
        "author": author,
        "time": post.time.isoformat(),
        "reactions": _reactions(clouds, post),
        "edited": post.edits > 0,
        "deleted": post.deleted,
    }
    if post.deleted:
        return shown | {"html": None, "card": None, "pictures": [], "files": [], "typed": None}
    typed = None if post.is_bot else _typed(clouds, post)
    seen = {"pictures": _pictures(clouds, post), "files": _files(clouds, post)}
    return shown | seen | {"html": _html(post), "card": post.card, "typed": typed}


def _reactions(clouds: Clouds, post: Post) -> list[JsonObject]:
    names = {person.aad_object_id: person.name for person in clouds.teams.people}
    return [
        {"kind": kind, "names": [names.get(who, "") for who, given in post.reactions.items() if given == kind]}
        for kind in dict.fromkeys(post.reactions.values())
    ]


def _typed(clouds: Clouds, post: Post) -> JsonObject:
    """What its author typed, to be edited: the bot's own mention is a switch beside the field."""
    lead = f"<at>{clouds.teams.bot.name}</at>"
    text = post.text.removeprefix(lead).lstrip() if post.text.startswith(lead) else post.text
    return {"text": re.sub(r"<at>([^<]*)</at>", r"@\1", text), "mention": post.text.startswith(lead)}


def _pictures(clouds: Clouds, post: Post) -> list[JsonObject]:
    """Pictures of a post, as long as they are in it or in the team's folder: the page loads nothing from elsewhere."""
    if not post.is_bot:
        return [{"src": web_url(clouds.teams, item), "name": "Pasted picture"} for item in clouds.teams.pasted(post)]
    sources = ("data:image/", f"{clouds.teams.base_url}/")
    return [
        {"src": item["contentUrl"], "name": item.get("name") or "Picture"}
        for item in post.attachments
        if str(item.get("contentType")).startswith("image/") and str(item.get("contentUrl")).startswith(sources)
    ]


def _files(clouds: Clouds, post: Post) -> list[JsonObject]:
    """What its author attached."""
    found = clouds.teams.attached(post)
    return [{"name": item.name, "size": item.size, "href": web_url(clouds.teams, item)} for item in found]


def _html(post: Post) -> str | None:
    """What a reader sees: people's posts carry their HTML as an attachment, the bot's only text in some format."""
    rich = next((item["content"] for item in post.attachments if item.get("contentType") == HTML), None)
    if rich is not None:
        return sanitised(rich)
    return shown(post.text, post.activity.get("textFormat") or "markdown") if post.text else None
