"""The commands and listeners. Each reads an event of Discord's, calls one thing of the bot, and shows the result."""
