"""Microsoft Teams around one bot on loopback: the Bot Connector, the people, and Graph's reading side."""

from .cloud import TEAMS, TeamsCloud
from .errors import Problem
from .people import BOT_NAME, Channel, Person, Team
from .posts import Post
from .pressing import InvokeAnswer

__all__ = ["BOT_NAME", "TEAMS", "Channel", "InvokeAnswer", "Person", "Post", "Problem", "Team", "TeamsCloud"]
