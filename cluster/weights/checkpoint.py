"""Writes checkpoints as ganglion does: arrays with their checksums, a digest over all of it, and a seal behind the file."""

import io
import zlib

import h5py
import numpy

import sealed

MASK = (1 << 64) - 1


class Digest:
    """Two lanes of 64 bits over texts, as ganglion's ContentHash."""

    FACTORS = (0xFF51AFD7ED558CCD, 0xC4CEB9FE1A85EC53)

    def __init__(self):
        self.lanes = [0x9E3779B97F4A7C15, 0xD6E8FEB86659FD93]

    def mix(self, word):
        for place, factor in enumerate(self.FACTORS):
            mixed = ((self.lanes[place] ^ word) * factor) & MASK
            self.lanes[place] = mixed ^ (mixed >> 32)

    def add(self, text):
        content = text.encode("utf-8")
        self.mix(len(content))
        for start in range(0, len(content), 8):
            self.mix(int.from_bytes(content[start:start + 8], "little"))

    def text(self):
        for _ in range(4):
            self.mix(0)
        return "".join(f"{lane:016x}" for lane in self.lanes)


def described(value):
    """A value as the digest has it: numbers of floating point by their bits."""
    if isinstance(value, numpy.float32):
        return f"float {value.view(numpy.uint32)}"
    return f"{'string' if isinstance(value, str) else 'int'} {value}"


def content(arrays, attributes):
    """The bytes of a file, without its seal.

    - arrays: of each path the numbers and what they were; attributes: texts, whole numbers and float32.
    """
    attributes = dict(attributes, format="ganglion-checkpoint", version=1)
    entries = []
    memory = io.BytesIO()
    with h5py.File(memory, "w", libver=("earliest", "v108")) as file:
        for path, (array, origin) in arrays.items():
            stored = file.create_dataset(path, data=array)
            checksum = zlib.crc32(array.tobytes())
            stored.attrs["crc32"], stored.attrs["converted_from"] = checksum, origin
            entries.append(f"array {path} [{', '.join(map(str, array.shape))}] {checksum}")
        for name, value in attributes.items():
            file.attrs[name] = value
            entries.append(f"attribute {name} {described(value)}")
        digest = Digest()
        for entry in sorted(entries):
            digest.add(entry)
        file.attrs["digest"], file.attrs["complete"] = digest.text(), 1
    return memory.getvalue()


def write(out, arrays, attributes):
    """The file, whole or not at all."""
    sealed.write(out, content(arrays, attributes))
