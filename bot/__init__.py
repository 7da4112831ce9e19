"""The bot knows Teams: activities in, posts and cards out, commands, serving, wiring and the `waybill` command."""
