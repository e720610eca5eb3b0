"""Files that ganglion reads: HDF5 with a seal behind it, written whole or not at all."""

import os
import zlib

from failure import unwritable, visible

MARK = b"GANGLION-SEAL-1\n"


def write(out, content):
    """- content: the bytes of an HDF5 file."""
    seal = MARK + len(content).to_bytes(8, "little") + zlib.crc32(content).to_bytes(8, "little")
    draft = f"{out}.{os.getpid()}.partial"
    try:
        with open(draft, "wb") as file:
            file.write(content)
            file.write(seal)
            file.flush()
            os.fsync(file.fileno())
        os.replace(draft, out)
    except OSError as error:
        raise unwritable(f"{visible(out)}: cannot be written: {error.strerror}")
    finally:
        if os.path.exists(draft):
            os.unlink(draft)
