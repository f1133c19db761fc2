"""What runs in a decoder process: one file in, a verdict out. The only importer of `av` (FFmpeg) and `lameenc` (LAME).

Nothing here trusts a name, a header or a length. Demuxers and decoders come from fixed lists, no protocol is
allowed (a playlist opens nothing), and whatever the file claims, work ends at the limits of the job.
Jobs and verdicts are plain values, since they cross a pipe between processes.

Who imports this package gets those values, and FFmpeg only with the first file that is prepared: the bot's own process,
which prepares none, does without.
"""

from __future__ import annotations

from bot.decoder.jobs import Fit, Job, Part, Told, Unfit
from bot.decoder.sizes import WAV_BYTES_A_SECOND, most_seconds_in
from bot.decoder.verdicts import MOST_CHANNELS, MOST_RATE, Verdict

__all__ = [
    "MOST_CHANNELS",
    "MOST_RATE",
    "WAV_BYTES_A_SECOND",
    "Fit",
    "Job",
    "Part",
    "Told",
    "Unfit",
    "Verdict",
    "most_seconds_in",
    "prepare",
]


def prepare(job: Job) -> Fit | Unfit:
    """Make the file of `job` fit for the completion API.

    Raises:
        MemoryError: at the process's memory limit.
    """
    from bot.decoder import preparing  # noqa: PLC0415 - see above

    return preparing.prepare(job)
