"""Arrays as pickles describe them: they are made when they are asked for, and not before all of a file is there."""

import numpy

from failure import bad_data, shown


def is_size(number, least=0):
    return type(number) is int and least <= number < 1 << 40


def is_shape(shape):
    return isinstance(shape, tuple) and len(shape) <= 8 and all(map(is_size, shape))


def count_of(shape):
    count = 1
    for n in shape:
        count *= n
    return count


class ElementType:
    """numpy.dtype of plain numbers."""

    __slots__ = ("code", "order")
    PLAIN = ("f2", "f4", "f8", "i1", "i2", "i4", "i8", "u1", "u2", "u4", "u8", "b1")

    def __init__(self, code, *_):
        own = code[1:] if isinstance(code, str) and code[:1] in ("<", ">", "=", "|") else code
        if own not in self.PLAIN:
            raise bad_data(f"an array of type {shown(code)}, expected plain numbers")
        self.code, self.order = own, ">" if code[0] == ">" else "<"

    def build(self, state):
        """What numpy keeps of a type besides its code: the order of bytes is what counts here."""
        if not isinstance(state, tuple) or len(state) < 2 or state[1] not in ("<", ">", "=", "|"):
            raise bad_data("a type of numpy has a state of another version")
        if state[1] in ("<", ">"):
            self.order = state[1]

    @property
    def type(self):
        return numpy.dtype(self.order + self.code)


def content_of(text):
    """Bytes; those of Python 2 are read as text of Latin-1."""
    return text.encode("latin1") if isinstance(text, str) else text


class Array:
    """numpy.ndarray."""

    __slots__ = ("values",)

    def build(self, state):
        if not isinstance(state, tuple) or len(state) != 5:
            raise bad_data("an array of numpy has a state of another version")
        _, shape, kind, is_fortran, content = state
        content = content_of(content)
        if not isinstance(kind, ElementType) or not isinstance(content, bytes) or not is_shape(shape):
            raise bad_data("an array of numpy is none of plain numbers")
        if count_of(shape) * kind.type.itemsize != len(content):
            raise bad_data(f"an array of shape {list(shape)} has {len(content)} bytes")
        self.values = numpy.frombuffer(content, kind.type).reshape(shape, order="F" if is_fortran is True else "C")

    def array(self):
        return getattr(self, "values", None)


def scalar(kind, content):
    """A number of numpy."""
    content = content_of(content)
    if not isinstance(kind, ElementType) or not isinstance(content, bytes) or len(content) != kind.type.itemsize:
        raise bad_data("a number of numpy is no plain number")
    return numpy.frombuffer(content, kind.type)[0].item()


class Storage:
    """The numbers that tensors show; none before they are read."""

    __slots__ = ("values",)

    def __init__(self):
        self.values = None


class Tensor:
    """torch.Tensor: some numbers of a storage."""

    __slots__ = ("storage", "offset", "shape", "strides")

    def __init__(self, storage, offset, shape, strides, *_):
        if not isinstance(storage, Storage) or not is_size(offset) or not is_shape(shape) or not is_shape(strides):
            raise bad_data("a tensor without a storage, a shape or strides")
        if len(shape) != len(strides):
            raise bad_data(f"a tensor of shape {list(shape)} has strides {list(strides)}")
        self.storage, self.offset, self.shape, self.strides = storage, offset, shape, strides

    def array(self):
        values, shape = self.storage.values, self.shape
        if values is None:
            raise bad_data("a tensor whose storage is not in the file")
        if count_of(shape) == 0:
            return numpy.zeros(shape, values.dtype)
        # No stride is negative: the last element is the farthest.
        last = self.offset + sum((n - 1) * step for n, step in zip(shape, self.strides))
        if last >= len(values) or count_of(shape) > len(values):
            raise bad_data(f"a tensor of shape {list(shape)} reaches beyond its storage of {len(values)} numbers")
        strides = [step * values.itemsize for step in self.strides]
        return numpy.lib.stride_tricks.as_strided(values[self.offset:], shape, strides, writeable=False)


def array_of(value, name):
    """What stands under a name, as an array."""
    found = value.array() if isinstance(value, (Array, Tensor)) else None
    if type(value) is float:
        found = numpy.float64(value).reshape(())
    if found is None:
        raise bad_data(f"{name} is {shown(value)}, expected an array")
    return found
