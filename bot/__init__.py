"""Earshot: hears the voice notes of a Discord server and answers in a thread."""
