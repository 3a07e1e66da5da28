"""Sound files as other people's encoders write them, whole and broken.

Each is made of a WAV file of 44.1 kHz in stereo. What no encoder does is done to its bytes here.
"""

import shlex
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path

import numpy as np

PROGRAMS = ("lame", "ffmpeg", "ffprobe", "flac", "oggenc", "opusenc", "sox", "mp3gain")
"""In Debian: lame, ffmpeg, flac, vorbis-tools, opus-tools, sox and mp3gain."""

Make = Callable[[Path, Path], None]
"""Writes a sound file; called with the WAV file and the path of the new one."""

FFMPEG = "ffmpeg -v error -nostdin -bitexact -i {wav} -bitexact"


def missing_programs() -> list[str]:
    """Return the encoders that are not installed."""
    return [name for name in PROGRAMS if shutil.which(name) is None]


def run(command: str, wav: Path, out: Path) -> None:
    """Run a command in the shell; {wav}, {out} and {scratch}, a path beside it, are filled in."""
    names = {"wav": wav, "out": out, "scratch": f"{out}.scratch"}
    filled = command.format(**{name: shlex.quote(str(path)) for name, path in names.items()})
    done = subprocess.run(["bash", "-o", "pipefail", "-c", filled], capture_output=True, text=True)
    assert not done.returncode, f"{filled}: {done.stderr}"


def by(*commands: str) -> Make:
    """Make a file by commands that are run one after the other."""

    def make(wav: Path, out: Path) -> None:
        for command in commands:
            run(command, wav, out)

    return make


def changed(make: Make, change: Callable[[bytes], bytes]) -> Make:
    """Make a file, then change its bytes."""

    def make_and_change(wav: Path, out: Path) -> None:
        make(wav, out)
        out.write_bytes(change(out.read_bytes()))

    return make_and_change


def cut(make: Make, share: float = 0.5) -> Make:
    """Make a file and keep the first part of it."""
    return changed(make, lambda content: content[: int(share * len(content)) // 2 * 2 + 1])


def cut_between_frames(make: Make) -> Make:
    """Make an MP3 file and cut it after a whole frame, as tools do that do not decode."""

    def make_and_cut(wav: Path, out: Path) -> None:
        make(wav, out)
        places = subprocess.run(
            "ffprobe -v error -show_entries packet=pos -of csv=p=0 -select_streams a".split()
            + [str(out)],
            capture_output=True,
            text=True,
            check=True,
        ).stdout.split()
        place = int(places[int(0.6 * len(places))].strip(","))
        out.write_bytes(out.read_bytes()[:place])

    return make_and_cut


def joined(make: Make) -> Make:
    """Make one file of each half of the sound, and put one after the other."""

    def make_and_join(wav: Path, out: Path) -> None:
        halves = []
        for trim in ("0 =6", "6"):
            half = out.with_name("half.wav")
            run("sox {wav} {out} trim " + trim, wav, half)
            make(half, out)
            halves.append(out.read_bytes())
        out.write_bytes(b"".join(halves))

    return make_and_join


def _of(content: bytes) -> Make:
    def write(wav: Path, out: Path) -> None:
        out.write_bytes(content)

    return write


def _junk(size: int) -> bytes:
    return np.random.default_rng(0).bytes(size)


def _with_chunk_behind(content: bytes) -> bytes:
    chunk = b"LIST" + (4000).to_bytes(4, "little") + b"INFO" + bytes(3996)
    return (
        content[:4] + (len(content) + len(chunk) - 8).to_bytes(4, "little") + (content[8:] + chunk)
    )


def _without_last_page(content: bytes) -> bytes:
    return content[: content.rfind(b"OggS")]


COVER = (
    "ffmpeg -v error -nostdin -f lavfi -i color=gray:s=480x480,noise=alls=100:allf=t+u"
    " -frames:v 1 -c:v png -f image2 -y {scratch}"
)
LAME = "lame --quiet {wav} {out} "
VBR = by(LAME + "-V4")
PLAIN_VBR = by(LAME + "-V4 -t")
PLAIN = by(LAME + "-b 128 -t")
TAGGED = " --tt Title --ta Artist"
M4A = by(FFMPEG + " -c:a aac -b:a 128k -f ipod {out}")
FAST_M4A = by(FFMPEG + " -c:a aac -b:a 128k -movflags faststart -f ipod {out}")
ALAC = by(FFMPEG + " -c:a alac -movflags faststart -f ipod {out}")
ADTS = by(FFMPEG + " -c:a aac -b:a 128k -f adts {out}")
VORBIS = by("oggenc -Q -s 1 -o {out} {wav}")
OPUS = by("opusenc --quiet --serial 1 {wav} {out}")
FLAC = by("flac -s -o {out} {wav}")
UNTOLD_FLAC = by(
    "sox {wav} -t raw - | flac -s --force-raw-format --sign=signed --endian=little --channels=2"
    " --bps=16 --sample-rate=44100 -c - | cat > {out}"
)
WMA = by(FFMPEG + " -c:a wmav2 -b:a 128k -f asf {out}")
WEBM = by(FFMPEG + " -c:a libopus -b:a 128k -f webm {out}")
WAV = by("cp {wav} {out}")
RF64 = by(FFMPEG + " -rf64 always -f wav {out}")
PIPED = by(FFMPEG + " -f wav - | cat > {out}")


def ffmpeg(options: str) -> Make:
    """Make a file by FFmpeg."""
    return by(f"{FFMPEG} {options} {{out}}")


def sox(kind: str) -> Make:
    """Make a file by SoX."""
    return by(f"sox -D {{wav}} {kind} {{out}}")


WHOLE: dict[str, Make] = {
    "MP3, CBR": by(LAME + "-b 128"),
    "MP3, CBR, joint stereo": by(LAME + "-b 128 -m j"),
    "MP3, CBR, mono": by(LAME + "-b 80 -m m"),
    "MP3, CBR, MPEG-2 (22.05 kHz)": by(LAME + "-b 64 --resample 22.05"),
    "MP3, CBR, MPEG-2 without Xing header": by(LAME + "-b 64 --resample 22.05 -t"),
    "MP3, VBR": VBR,
    "MP3, ABR": by(LAME + "--abr 128"),
    "MP3, CBR without Xing header": PLAIN,
    "MP3, VBR without Xing header": PLAIN_VBR,
    "MP3, ABR without Xing header": by(LAME + "--abr 128 -t"),
    "MP3, mono without Xing header": by(LAME + "-b 80 -m m -t"),
    "MP3 without Xing header, ID3v2 of 500 KB": by(
        COVER,
        LAME.replace("{out}", "{scratch}.mp3") + "-b 128 -t",
        "ffmpeg -v error -nostdin -i {scratch}.mp3 -i {scratch} -map 0 -map 1 -c copy"
        " -write_xing 0 -f mp3 {out}",
    ),
    "MP3 without Xing header, padded ID3v2": by(
        LAME + "-b 128 -t --id3v2-only --pad-id3v2-size 100000" + TAGGED
    ),
    "MP3 without Xing header, ID3v1": by(LAME + "-b 128 -t --id3v1-only" + TAGGED),
    "MP3 without Xing header, APEv2": by(LAME + "-b 128 -t", "mp3gain -q -s a {out}"),
    "MP3, ID3v1, ID3v2 and APEv2": by(LAME + "-V4 --add-id3v2" + TAGGED, "mp3gain -q -s a {out}"),
    "MP3, 30 KB of junk ahead": changed(VBR, lambda content: _junk(30_000) + content),
    "MP3 without Xing header, 30 KB of junk ahead": changed(
        PLAIN_VBR, lambda content: _junk(30_000) + content
    ),
    "MP3 without Xing header, 30 KB of junk behind": changed(
        PLAIN_VBR, lambda content: content + _junk(30_000)
    ),
    "MP3, two of VBR joined": joined(VBR),
    "MP3, two of VBR joined, without Xing header": joined(PLAIN_VBR),
    "MP3, two of VBR joined, with tags": joined(by(LAME + "-V4 --add-id3v2" + TAGGED)),
    "MP2": ffmpeg("-c:a mp2 -b:a 192k -f mp2"),
    "M4A, AAC": M4A,
    "M4A, AAC, index first": FAST_M4A,
    "M4A, AAC, streamed in fragments": by(
        FFMPEG + " -c:a aac -b:a 128k -movflags empty_moov+frag_keyframe -f mp4 - | cat > {out}"
    ),
    "M4A, ALAC": ALAC,
    "AAC, raw (ADTS)": ADTS,
    "Opus": OPUS,
    "Vorbis": VORBIS,
    "Vorbis, two joined": joined(VORBIS),
    "Vorbis without its last page": changed(VORBIS, _without_last_page),
    "Vorbis in Matroska, streamed": by(FFMPEG + " -c:a libvorbis -f matroska - | cat > {out}"),
    "FLAC": FLAC,
    "FLAC, 24 bit": ffmpeg("-c:a flac -sample_fmt s32 -f flac"),
    "FLAC of unknown length": UNTOLD_FLAC,
    "FLAC in Ogg": by("flac -s --ogg --serial-number=1 -o {out} {wav}"),
    "WMA": WMA,
    "WebM, Opus": WEBM,
    "WebM, Opus, streamed": by(FFMPEG + " -c:a libopus -b:a 128k -f webm - | cat > {out}"),
    "WavPack": ffmpeg("-c:a wavpack -f wv"),
    "AIFF": sox("-t aiff"),
    "AIFF, streamed": by("sox {wav} -t aiff - | cat > {out}"),
    "AU": sox("-t au"),
    "CAF": ffmpeg("-f caf -c:a pcm_s16be"),
    "CAF, streamed": by(FFMPEG + " -f caf -c:a pcm_s16be - | cat > {out}"),
    "W64": ffmpeg("-f w64"),
    "WAV": WAV,
    "WAV, 8 bit": sox("-b 8 -e unsigned -t wav"),
    "WAV, 24 bit": sox("-b 24 -t wavpcm"),
    "WAV, 32 bit": sox("-b 32 -t wavpcm"),
    "WAV, float": ffmpeg("-c:a pcm_f32le -f wav"),
    "WAV, ADPCM": ffmpeg("-c:a adpcm_ima_wav -f wav"),
    "WAV, extensible": sox("-b 24 -t wav"),
    "WAV, six channels": sox("-c 6 -t wav"),
    "WAV, 8 kHz": sox("-r 8000 -t wav"),
    "WAV, 192 kHz": sox("-r 192000 -t wav"),
    "WAV, chunks behind the sound": changed(WAV, _with_chunk_behind),
    "BWF": ffmpeg("-write_bext 1 -metadata description=x -f wav"),
    "RF64": RF64,
    "WAV streamed by ffmpeg": PIPED,
    "WAV streamed by lame": by(
        LAME + "-b 320 -m s",
        "lame --quiet --decode {out} - | cat > {scratch}",
        "mv {scratch} {out}",
    ),
    "WAV streamed by sox": by("sox -D {wav} -t ogg - | sox -D -t ogg - -t wav - | cat > {out}"),
}
"""What plays from beginning to end."""

SHORTENED: dict[str, Make] = {
    "MP3, cut between frames": cut_between_frames(VBR),
    "MP3 without Xing header, truncated": cut(PLAIN_VBR),
    "AAC, raw, truncated": cut(ADTS),
    "FLAC of unknown length, truncated": cut(UNTOLD_FLAC),
    "WAV streamed by ffmpeg, truncated": cut(PIPED),
}
"""What plays to an end that no number in the file contradicts."""

TRUNCATED: dict[str, Make] = {
    f"{name}, truncated": cut(make)
    for name, make in {
        "MP3, CBR": WHOLE["MP3, CBR"],
        "MP3, VBR": VBR,
        "MP3, 30 KB of junk ahead": WHOLE["MP3, 30 KB of junk ahead"],
        "M4A, AAC": M4A,
        "M4A, AAC, index first": FAST_M4A,
        "M4A, ALAC": ALAC,
        "Opus": OPUS,
        "Vorbis": VORBIS,
        "FLAC": FLAC,
        "WMA": WMA,
        "WebM, Opus": WEBM,
        "AIFF": WHOLE["AIFF"],
        "AU": WHOLE["AU"],
        "CAF": WHOLE["CAF"],
        "W64": WHOLE["W64"],
        "WAV": WAV,
        "WAV, float": WHOLE["WAV, float"],
        "RF64": RF64,
    }.items()
}
TRUNCATED |= {
    "MP3, VBR, without its last percent": cut(VBR, 0.99),
    "FLAC without its last percent": cut(FLAC, 0.99),
    "Vorbis without its last percent": cut(VORBIS, 0.99),
    "WAV without its last percent": cut(WAV, 0.99),
}
"""What says how long it is, and ends earlier."""

NO_SOUND: dict[str, Make] = {
    "an empty file": _of(b""),
    "a text": _of(b"la la la\n" * 99),
    "a picture": by(COVER.replace("{scratch}", "{out}")),
    "a film without sound": by(
        "ffmpeg -v error -nostdin -f lavfi -i testsrc=d=1 -c:v mpeg4 -f mp4 {out}"
    ),
    "a playlist (M3U)": _of(b"#EXTM3U\n#EXTINF:3,a\nscratch.wav\n"),
    "a playlist (HLS)": by(
        FFMPEG + " -c:a aac -hls_list_size 0 -hls_segment_filename {scratch}%d.ts -f hls {out}"
    ),
    "a list of files to join": by("printf 'ffconcat version 1.0\\nfile %s\\n' {wav} > {out}"),
    "random bytes": _of(_junk(100_000)),
}
"""What is no sound, or leads to sound in other files."""
