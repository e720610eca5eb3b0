"""What becomes of the arrays of a file: each goes to a place in a checkpoint, or is told to be left out."""

import re

import numpy

from failure import bad_data, shown


class Source:
    """The arrays of one network of a file, and which of them were taken."""

    def __init__(self, title, arrays):
        self.title, self.arrays, self.taken = title, arrays, set()

    def place(self, name):
        """Where the file has what ganglion calls so: its name there, what is done to it, and how that is told."""
        return name, lambda array: array, ""

    def __contains__(self, name):
        return self.place(name)[0] in self.arrays

    def shape(self, name, rank):
        """In ganglion's order, of so many axes."""
        own, change, _ = self.place(name)
        array = self.find(own)
        shape = tuple(map(int, change(array).shape))
        if len(shape) != rank or 0 in shape:
            raise bad_data(f"{self.title} has {own} of shape {list(array.shape)}, expected {rank} numbers above 0")
        return shape

    def find(self, own):
        if own not in self.arrays:
            raise bad_data(f"{self.title} has no {own}")
        return self.arrays[own]

    def take(self, name, shape):
        """float32, of the shape that is expected, and finite; and what it was."""
        own, change, how = self.place(name)
        array = self.find(own)
        self.taken.add(own)
        if array.dtype.kind != "f":
            raise bad_data(f"{self.title} has {own} of {array.dtype}, expected floating point")
        found = change(array.astype("<f4"))
        if tuple(found.shape) != tuple(shape):
            changed = f", {list(found.shape)} in ganglion's order" if found.shape != array.shape else ""
            raise bad_data(f"{self.title} has {own} of shape {list(array.shape)}{changed}, expected {list(shape)}")
        return found, f"{self.title}: {own}{how}"

    def leave(self, pattern, why):
        """Names that match are left out; a line of what and why where there are any."""
        found = [name for name in self.arrays if name not in self.taken and re.fullmatch(pattern, name)]
        self.taken.update(found)
        if not found:
            return []
        some = found[0] if len(found) == 1 else f"{found[0]} and {len(found) - 1} more"
        return [f"{self.title}: {some}: left out: {why}"]

    def check_all_taken(self):
        for name, array in self.arrays.items():
            if name not in self.taken:
                raise bad_data(
                    f"{self.title} has {name} of shape {list(array.shape)}, for which ganglion's network has no place")


class Conversion:
    """Arrays of a checkpoint by their paths, what each was, and what describes the networks."""

    def __init__(self, resolution, channels, classes):
        self.resolution, self.channels, self.classes = resolution, channels, classes
        # Array and origin by path.
        self.arrays = {}
        # Keys of a run's configuration and their values; the preset first.
        self.keys = {}
        # Sentences: what is left out, and what is not as it was.
        self.notes = []
        # Of networks that had not grown to the end: resolution, and the share of the old one.
        self.level = None

    def put(self, path, array, origin):
        # Not ascontiguousarray, which makes a list of one of a number.
        made = numpy.array(array, "<f4", order="C")
        if not numpy.isfinite(made).all():
            title, _, name = origin.partition(": ")
            raise bad_data(f"{title} has {name} with numbers that are not finite, or too large for single precision")
        self.arrays[path] = (made, origin)

    def set_key(self, key, value, title):
        """A key of the configuration, which all networks of a file have in common."""
        if self.keys.setdefault(key, value) != value:
            raise bad_data(
                f"{title}: {key} would be {shown(value)}, but {shown(self.keys[key])} for another network of the file: "
                "ganglion's have it in common")

    def move(self, path, source, name, shape, scale=1):
        """Takes an array to its place."""
        array, origin = source.take(name, shape)
        if scale != 1:
            array, origin = array * numpy.float32(scale), f"{origin}, × {scale:g}"
        self.put(path, array, origin)

    def copy_network(self, group, to):
        """A network that the file has once stands in two places."""
        for path, (array, origin) in list(self.arrays.items()):
            if path.startswith(group + "/"):
                self.arrays[to + path[len(group):]] = (array, origin)


def is_power_of_two(number):
    return type(number) is int and 4 <= number <= 1 << 14 and number & (number - 1) == 0


def resolutions(largest):
    """4, 8, … up to the largest."""
    return [4 << k for k in range(largest.bit_length() - 2)]


def widths(found, title):
    """channel_base and channel_max whose min(channel_base // resolution, channel_max) are the widths by resolution."""
    widest = max(found.values())
    base = max(resolution * width for resolution, width in found.items())
    for resolution, width in found.items():
        if min(base // resolution, widest) != width:
            raise bad_data(
                f"{title} has {width} feature maps at {resolution}², and "
                f"{', '.join(f'{w} at {r}²' for r, w in sorted(found.items()) if r != resolution)}: ganglion's widths are "
                "channel_base / resolution, up to channel_max")
    return base, widest
