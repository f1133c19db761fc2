"""Discord's doors: each reads an event, calls one thing, shows the result."""
