"""What cluster/convert runs; its head tells how."""

import argparse
import os
import shlex
import sys

import numpy

import checkpoint
import pggan
import sagan
import stylegan2
import stylegan2_tensorflow
from failure import Failure, bad_data, usage, visible
from sources import read

FORMATS = [stylegan2, stylegan2_tensorflow, pggan]


class Parser(argparse.ArgumentParser):
    def error(self, message):
        raise usage(f"{visible(message)}; --help tells more")


# Of BigGAN-PyTorch's state dictionaries.
PARTS = {"generator": "G", "discriminator": "D", "average": "G_ema"}


def arguments():
    """- Returns: the files by their titles, that of a whole pickle being empty; and where the checkpoint goes."""
    parser = Parser(prog="cluster/convert", add_help=False, allow_abbrev=False)
    parser.add_argument("source", nargs="?")
    for name in PARTS:
        parser.add_argument(f"--{name}")
    parser.add_argument("--out", required=True)
    given = parser.parse_args()
    parts = {title: getattr(given, name) for name, title in PARTS.items() if getattr(given, name)}
    if (given.source is None) == (not parts):
        raise usage("expected one file, or --generator, --discriminator and --average; --help tells more")
    if given.source is None and set(parts) == {"D"}:
        raise usage("--discriminator alone makes no images: expected --generator or --average, too")
    if not given.out.endswith(".h5"):
        raise usage(f"--out {visible(given.out)}: expected FILE.h5")
    files = parts if given.source is None else {"": given.source}
    for path in files.values():
        if os.path.exists(given.out) and os.path.exists(path) and os.path.samefile(given.out, path):
            raise usage(f"--out {visible(given.out)} is what is to be converted")
    return files, given.out


def converted(values):
    """- values: what the files hold, by their titles."""
    if "" not in values:
        return sagan.convert(values)
    for form in FORMATS:
        if form.is_of(values[""]):
            return form.convert(values[""])
    raise bad_data(
        "holds none of what is converted: a pickle of StyleGAN2-ADA or GGDR with G, D and G_ema, of StyleGAN2 or the "
        "progressive GAN with G, D and Gs; state dictionaries of BigGAN-PyTorch are given with --generator, --discriminator and "
        "--average")


def text(value):
    return str(value).lower() if isinstance(value, bool) else str(value)


def attributes(result, files, digests):
    lines = {"": []}
    for key, value in result.keys.items():
        section, name = key.rpartition(".")[::2]
        lines.setdefault(section, []).append(f"{'  ' if section else ''}{name}: {text(value)}\n")
    config = "".join(lines.pop("")) + "".join(f"{name}:\n{''.join(keys)}" for name, keys in lines.items())
    sources = [f"{visible(os.path.basename(path))}, SHA-256 {digests[title]}" for title, path in files.items()]
    found = {
        "config": config, "resolution": result.resolution, "channels": result.channels, "classes": result.classes,
        "converted": "\n".join(sources + result.notes) + "\n",
    }
    if result.level is not None and result.level != (result.resolution, 0):
        found["level_resolution"], found["level_fade"] = result.level
    return found


def named(failure, files):
    """A failure with the file that it is of: what is said of one network begins with its title."""
    paths = [path for title, path in files.items() if str(failure).startswith(title + " ")] or list(files.values())
    if failure.code != 65 or any(str(failure).startswith(visible(path)) for path in files.values()):
        return failure
    return Failure(65, f"{', '.join(map(visible, paths))}: {failure}")


def main():
    for stream in (sys.stdout, sys.stderr):
        stream.reconfigure(errors="backslashreplace")
    files, out = arguments()
    try:
        with numpy.errstate(all="ignore"):
            sources = {title: read(path) for title, path in files.items()}
            result = converted({title: value for title, (value, _) in sources.items()})
            digests = {title: digest for title, (_, digest) in sources.items()}
            checkpoint.write(out, result.arrays, attributes(result, files, digests))
    except Failure as failure:
        raise named(failure, files)
    except (Exception, MemoryError, RecursionError) as error:
        # Whatever a damaged file leads to.
        raise named(bad_data(f"cannot be converted: {type(error).__name__}: {visible(str(error))}"), files)
    for note in result.notes:
        print(f"cluster/convert: {note}", file=sys.stderr)
    groups = sorted({path.split("/")[0] for path in result.arrays})
    print(f"{visible(out)}: {', '.join(groups)}; {len(result.arrays)} arrays, images of {result.resolution}²")
    if "discriminator" not in groups:
        print("there is no discriminator in it: it makes images, and no run starts from it")
        return
    sets = [word for key, value in result.keys.items() if key != "preset" for word in ("--set", f"{key}={text(value)}")]
    words = ["--transfer", out, "--preset", result.keys["preset"]] + sets
    print(f"to train on: train --data DATA --run RUN {' '.join(map(shlex.quote, words))}")


try:
    main()
except Failure as failure:
    print(f"cluster/convert: {failure}", file=sys.stderr)
    sys.exit(failure.code)
