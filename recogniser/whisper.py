"""Whisper as faster-whisper runs it, but for encoding the first window twice: once for its language, once for its words.

Encoding takes as long however short the sound is: it is a third of the work on a voice note.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from faster_whisper import WhisperModel

if TYPE_CHECKING:
    from faster_whisper.vad import VadOptions


class Whisper(WhisperModel):
    """Remembers what it has encoded last."""

    _last: tuple[np.ndarray, Any] | None = None

    def detect_language(  # noqa: PLR0917 - as its base class
        self,
        audio: np.ndarray | None = None,
        features: np.ndarray | None = None,
        vad_filter: bool = False,  # noqa: FBT001, FBT002
        vad_parameters: dict[str, Any] | VadOptions | None = None,
        language_detection_segments: int = 1,
        language_detection_threshold: float = 0.5,
    ) -> tuple[str, float, list[tuple[str, float]]]:
        """As its base class, but of the frames that are transcribed: those have one less of padding at the end."""
        if features is not None and features.shape[-1] > 1:
            features = features[..., :-1]
        return super().detect_language(
            audio,
            features,
            vad_filter,
            vad_parameters,  # pyright: ignore[reportArgumentType] - its default is None
            language_detection_segments,
            language_detection_threshold,
        )

    def encode(self, features: np.ndarray) -> Any:
        """As its base class."""
        if self._last is None or not np.array_equal(self._last[0], features):
            self._last = features, super().encode(features)
        return self._last[1]
