"""The files of a Telegram message, as the channel speaks of files."""

from __future__ import annotations

from telegram import Animation, Audio, Document, Message, PhotoSize, Video, VideoNote, Voice

from bot.channels.base import FileKind, RemoteFile
from bot.channels.telegram.words import words

DOWNLOADABLE = 20 * 1024 * 1024
"""Bytes that `getFile` offers at most (core.telegram.org/bots/api#getfile)."""

_File = Document | Audio | Video | Animation | Voice | VideoNote


def attached(message: Message) -> tuple[RemoteFile, ...]:
    """The message's file, if it has one: Telegram sends an album as one message a file."""
    if message.photo:
        return (_photo(message.photo, message.media_group_id),)
    others: tuple[tuple[FileKind, _File | None], ...] = (
        ("document", message.animation or message.document),  # an animation comes as both
        ("voice", message.voice),
        ("audio", message.audio),
        ("video", message.video or message.video_note),
    )
    return tuple(_file(kind, file, message) for kind, file in others if file)


def _photo(sizes: tuple[PhotoSize, ...], album: str | None) -> RemoteFile:
    """The largest size that can be downloaded."""
    fitting = [size for size in sizes if (size.file_size or 0) <= DOWNLOADABLE] or list(sizes)
    best = max(fitting, key=lambda size: (size.width * size.height, size.file_size or 0))
    return RemoteFile(best.file_id, "photo", mime="image/jpeg", size=best.file_size, album=album)


def _file(kind: FileKind, file: _File, message: Message) -> RemoteFile:
    return RemoteFile(
        ref=file.file_id,
        kind=kind,
        name=words(getattr(file, "file_name", None)) or None,
        mime=words(getattr(file, "mime_type", None)) or None,
        size=file.file_size,
        album=message.media_group_id,
    )
