"""Decides which of a message's attachments are notes to answer. Pure."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from bot.models import Attachment, SeenMessage

# How devices and programs name audio files. It only decides whether a file is worth a download when nobody asked for
# it; what the file really is, its bytes tell later.
AUDIO_NAME = re.compile(
    r"\.(3ga|aac|ac3|adts|aif|aifc|aiff|alac|amr|au|awb|caf|flac|gsm|m4a|m4b|m4r|mka|mp1|mp2|mp3|mpga|oga|ogg"
    r"|opus|ra|snd|spx|tta|w64|wav|wave|weba|wma|wv)$",
    re.IGNORECASE,
)

VIDEO_NAME = re.compile(
    r"\.(3g2|3gp|asf|avi|flv|m2ts|m4v|mkv|mov|mp4|mpeg|mpg|mts|ogv|ts|vob|webm|wmv)$", re.IGNORECASE
)


def notes_in(message: SeenMessage, *, heard: str = "audio", webhooks: bool = False) -> tuple[Attachment, ...]:
    """The attachments that are answered because the bot listens, but none of bots.

    Args:
        message: as it was posted.
        heard: `voice`: voice messages alone; `audio`: audio files, too; `video`: videos, too.
        webhooks: whether what webhooks post counts, too.
    """
    if message.author_is_bot and not (webhooks and message.by_webhook):
        return ()
    if message.is_voice:
        return message.attachments
    if heard == "voice":
        return ()
    return tuple(
        attachment
        for attachment in message.attachments
        if looks_like_audio(attachment) or (heard == "video" and looks_like_video(attachment))
    )


def asked_for(message: SeenMessage) -> tuple[Attachment, ...]:
    """The attachments that are answered because a command asks for them: what looks like audio, or else all of them."""
    return tuple(filter(looks_like_audio, message.attachments)) or message.attachments


def has_notes(message: SeenMessage) -> bool:
    """Whether a message has files that sound like notes, whoever posted them."""
    return message.is_voice or any(map(looks_like_audio, message.attachments))


def looks_like_audio(attachment: Attachment) -> bool:
    """Whether the file's name or its content type says audio. Either is enough, since both can be wrong or missing."""
    announced = _announced(attachment)
    return (
        announced.startswith("audio/")
        or announced == "application/ogg"
        or AUDIO_NAME.search(attachment.filename) is not None
    )


def looks_like_video(attachment: Attachment) -> bool:
    """Whether the file's name or its content type says video."""
    return _announced(attachment).startswith("video/") or VIDEO_NAME.search(attachment.filename) is not None


def _announced(attachment: Attachment) -> str:
    """The content type, without what follows it."""
    return (attachment.content_type or "").partition(";")[0].strip().lower()
