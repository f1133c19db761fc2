"""Channels in whatever order, for whatever loudspeakers: whoever speaks on one of them is heard."""

from __future__ import annotations

from array import array
from itertools import combinations
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from benchmarks import handmade
from bot.audio.decoders import Decoders
from tests.decoder.jobs import fit, only
from tests.fixtures import LOUDNESS, heard

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator

# Apple's numbers for usual orders (CoreAudioBaseTypes.h), and labels where a file lists its channels one by one.
ORDERS = {
    "L R C LFE Ls Rs": (6, handmade.channel_order(121 << 16 | 6)),
    "L R Ls Rs C LFE": (6, handmade.channel_order(122 << 16 | 6)),
    "L C R Ls Rs LFE": (6, handmade.channel_order(123 << 16 | 6)),
    "C L R Ls Rs LFE": (6, handmade.channel_order(124 << 16 | 6)),
    "C L R Ls Rs": (5, handmade.channel_order(120 << 16 | 5)),
    "L R Ls Rs C LFE Lc Rc": (8, handmade.channel_order(129 << 16 | 8)),
    "listed: R L": (2, handmade.channel_order(0, (2, 1))),
    "listed: LFE C L R": (4, handmade.channel_order(0, (4, 3, 1, 2))),
    "listed: the same twice": (3, handmade.channel_order(0, (1, 1, 2))),
    "listed: unknown ones": (3, handmade.channel_order(0, (0xFFFFFFFF, 300, 70_000))),
    "in order": (4, handmade.channel_order(147 << 16 | 4)),
    "none": (6, None),
}
MAKERS = {"caf": handmade.caf, "mov": handmade.mov}


@pytest.fixture
async def ears() -> AsyncGenerator[Decoders]:
    """One process for all the files of a test: what one does to it would meet the next."""
    async with Decoders(
        formats=("wav",),
        max_request_bytes=18_000_000,
        max_seconds=60.0,
        processes=1,
        seconds=60.0,
        memory_mb=384,
    ) as ears:
        yield ears


@pytest.mark.parametrize("maker", MAKERS)
@pytest.mark.parametrize("order", ORDERS)
async def test_a_custom_channel_order_does_no_harm(
    maker: str, order: str, ears: Decoders, tmp_path: Path
) -> None:
    """Decoded again and again by one process: it lives on, and each time the tone is heard as it was."""
    channels, told = ORDERS[order]
    source = tmp_path / "source"
    source.write_bytes(MAKERS[maker](channels, told))
    for _ in range(15):
        await ears.prepare(source, tmp_path)
    [audio] = await ears.prepare(source, tmp_path)
    sound = heard(audio.path)
    assert sound.seconds == pytest.approx(handmade.SECONDS, abs=0.05)
    assert sound.purity > 0.95
    assert sound.loudness == pytest.approx(LOUDNESS, rel=0.1)


@pytest.mark.parametrize("order", ORDERS)
async def test_each_channel_of_any_order_is_heard(order: str, ears: Decoders, tmp_path: Path) -> None:
    """The only microphone that was on may be any of them."""
    channels, told = ORDERS[order]
    source = tmp_path / "source"
    for channel in range(channels):
        source.write_bytes(handmade.caf(channels, told, (channel,)))
        [audio] = await ears.prepare(source, tmp_path)
        assert heard(audio.path).purity > 0.95


POSITIONS = tuple(1 << bit for bit in range(18))
"""The loudspeakers a WAV can name: from front left to top back right."""
MASKS = [
    *((position,) for position in POSITIONS),
    *combinations(POSITIONS, 2),
    *(POSITIONS[start : start + count] for count in (3, 4, 5, 6, 7, 8) for start in range(0, 11, 2)),
]


@pytest.mark.parametrize("masks", [MASKS[start : start + 20] for start in range(0, len(MASKS), 20)])
def test_any_set_of_loudspeakers_is_mixed(masks: list[tuple[int, ...]], tmp_path: Path) -> None:
    """Each of them alone is heard, all together are as loud as they are; FFmpeg by itself mixes but the usual ones."""
    source = tmp_path / "source"
    for mask in masks:
        count = len(mask)
        for loud in ((0,), (count - 1,), range(count)):
            source.write_bytes(handmade.wav(count, mask=sum(mask), loud=loud))
            sound = heard(Path(only(fit(source, formats=("mp3",))).path))
            assert sound.purity > 0.95
        assert sound.loudness == pytest.approx(LOUDNESS, rel=0.15)


@pytest.mark.parametrize("mask", [0, 0x1, 0x3FFFF, 0x80000000, 0xFFFFFFFF], ids=hex)
def test_a_mask_that_does_not_fit_is_no_obstacle(mask: int, tmp_path: Path) -> None:
    """More loudspeakers than channels, fewer, none, unknown ones."""
    source = tmp_path / "source"
    for channel in range(4):
        source.write_bytes(handmade.wav(4, mask=mask, loud=(channel,)))
        assert heard(Path(only(fit(source)).path)).purity > 0.95


@pytest.mark.parametrize("wired_wrongly", [(0, 1), (1, 2), (2, 3)])
def test_channels_that_cancel_out_are_heard_alone(wired_wrongly: tuple[int, int], tmp_path: Path) -> None:
    """Whichever two they are among others that are silent."""
    one, other = wired_wrongly
    samples = array("h", handmade.interleaved(4, (one,)))
    samples[other::4] = array("h", (-sample for sample in samples[one::4]))
    source = tmp_path / "source"
    source.write_bytes(handmade.riff(handmade.masked_format(4, 0), (b"data", samples.tobytes())))
    assert heard(Path(only(fit(source)).path)).purity > 0.95
