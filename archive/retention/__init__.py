"""Holds, retention classes and disposal: what must stay, what may go, and how a log shows what went and why."""
