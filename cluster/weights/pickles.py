"""Reads pickles of networks without running anything that they name.

A pickle is a program for a machine with a stack: it calls whatever its names lead to, and changes what it has made. Here the
machine knows the operations alone that files of weights have, names lead to the stand-ins of this file and of arrays.py, which
make arrays and dictionaries, and any other name or operation ends the reading with a failure that tells it. Source code that a
pickle carries along (StyleGAN2's classes, TensorFlow's networks) is text, and stays text.
"""

import io
import pickle

import numpy

from arrays import Array, ElementType, Storage, Tensor, is_size, scalar
from failure import Failure, bad_data, shown, visible


class Mapping(dict):
    """An ordered dictionary, or one whose keys are attributes, too."""

    def build(self, state):
        """Notes of PyTorch's on versions, or none."""


class TensorFlowNetwork:
    """A network of NVIDIA's TensorFlow code: its version, static_kwargs, variables and components."""

    def __init__(self):
        self.state = {}

    def build(self, state):
        if not isinstance(state, dict):
            raise bad_data("a network of TensorFlow has a state that is no dictionary")
        self.state = state


class Module:
    """A module of NVIDIA's PyTorch code, which pickles its source with itself; the state is that of any PyTorch module."""

    def __init__(self, meta):
        if not isinstance(meta, dict) or not isinstance(meta.get("state"), dict):
            raise bad_data("a module has a state that is no dictionary")
        self.state = meta["state"]


class StorageType:
    """torch.FloatStorage, for example."""

    def __init__(self, code):
        self.type = numpy.dtype(code)


class Maker:
    """What a name of a pickle leads to: a function of this program."""

    def __init__(self, make):
        self.make = make


class Budget:
    """Bytes that may be copied out of a file, as many as it has; and operations of all its pickles."""

    def __init__(self, count):
        self.left, self.operations = count, MOST_OPERATIONS

    def spend(self, count):
        self.left -= count
        if self.left < 0:
            raise bad_data("its pickle makes more of itself than there is in it")


STORAGES = {
    "HalfStorage": "<f2", "FloatStorage": "<f4", "DoubleStorage": "<f8", "ByteStorage": "<u1", "CharStorage": "<i1",
    "ShortStorage": "<i2", "IntStorage": "<i4", "LongStorage": "<i8", "BoolStorage": "|b1",
}


# Networks' files take some ten thousand.
MOST_OPERATIONS = 3_000_000


def counted(operation):
    """Objects are larger than the bytes that make them: there is an end to their number."""
    def step(self):
        self.budget.operations -= 1
        if self.budget.operations < 0:
            raise bad_data(f"its pickle has more than {MOST_OPERATIONS} operations")
        operation(self)
    return step


class Unpickler(pickle._Unpickler):
    """Reads one pickle of a file in memory. That in C would take memory for whatever place in its list of values a damaged file
    names.

    - storages: gives what a pickle refers to that is not in it.
    """

    def __init__(self, file, budget, storages=None):
        super().__init__(file, encoding="latin1")
        self.budget, self.storages = budget, storages
        self.known = {
            ("collections", "OrderedDict"): Maker(Mapping),
            ("dnnlib", "EasyDict"): Maker(Mapping),
            ("dnnlib.util", "EasyDict"): Maker(Mapping),
            ("dnnlib.tflib.network", "Network"): Maker(TensorFlowNetwork),
            ("tfutil", "Network"): Maker(TensorFlowNetwork),
            ("torch_utils.persistence", "_reconstruct_persistent_obj"): Maker(Module),
            ("torch._utils", "_rebuild_tensor_v2"): Maker(Tensor),
            ("torch._utils", "_rebuild_parameter"): Maker(lambda values, *_: values),
            ("torch.storage", "_load_from_bytes"): Maker(self.stored_storage),
            ("_codecs", "encode"): Maker(self.encoded),
            ("numpy", "ndarray"): Maker(lambda: Array()),
            ("numpy", "dtype"): Maker(ElementType),
            ("builtins", "set"): Maker(self.names),
            ("__builtin__", "set"): Maker(self.names),
        }
        for module in ("numpy.core.multiarray", "numpy._core.multiarray"):
            self.known[module, "_reconstruct"] = Maker(lambda *_: Array())
            self.known[module, "scalar"] = Maker(scalar)
        for name, code in STORAGES.items():
            self.known["torch", name] = StorageType(code)

    def encoded(self, text, coding="latin1"):
        """Bytes in a pickle of an older protocol."""
        if not isinstance(text, str) or coding != "latin1":
            raise bad_data("bytes that are not stored as Latin-1")
        self.budget.spend(len(text))
        return text.encode("latin1")

    def stored_storage(self, content):
        """A storage, which pickles itself as a file of PyTorch's older format."""
        if not isinstance(content, bytes):
            raise bad_data("a storage that is none")
        self.budget.spend(len(content))
        found = older_file(io.BytesIO(content), self.budget)
        if not isinstance(found, Storage):
            raise bad_data("a storage that is none")
        return found

    def names(self, values=()):
        """A set."""
        if not isinstance(values, (list, tuple)) or not all(isinstance(value, str) for value in values):
            raise bad_data("a set of other things than names")
        self.budget.spend(len(values))
        return set(values)

    def find_class(self, module, name):
        found = self.known.get((module, name))
        if found is None:
            raise bad_data(
                f"its pickle names {visible(module)}.{visible(name)}, which no network needs: it could run code, and is refused")
        return found

    def persistent_load(self, identifier):
        if self.storages is None:
            raise bad_data("its pickle refers to what is not in it")
        return self.storages(identifier)

    def load_reduce(self):
        arguments = self.stack.pop()
        maker = self.stack.pop()
        if not isinstance(maker, Maker) or not isinstance(arguments, tuple):
            raise bad_data("its pickle calls what is no function, and is refused")
        self.stack.append(maker.make(*arguments))

    def load_build(self):
        state = self.stack.pop()
        target = self.stack[-1]
        if not isinstance(target, (Array, ElementType, TensorFlowNetwork, Mapping)):
            raise bad_data(f"its pickle sets the state of {shown(target)}, and is refused")
        target.build(state)

    def set_items(self, target, items):
        if not isinstance(target, dict):
            raise bad_data("its pickle sets an entry of what is no dictionary")
        for key, value in zip(items[::2], items[1::2]):
            # Others may take for ever to be told apart.
            if type(key) not in (str, int):
                raise bad_data(f"a dictionary has {shown(key)} as a key, expected a name or a number")
            if key in target:
                raise bad_data(f"a dictionary has {shown(key)} twice")
            target[key] = value

    def load_setitem(self):
        value, key = self.stack.pop(), self.stack.pop()
        self.set_items(self.stack[-1], [key, value])

    def load_setitems(self):
        items = self.pop_mark()
        self.set_items(self.stack[-1], items)

    def load_dict(self):
        made = {}
        self.set_items(made, self.pop_mark())
        self.stack.append(made)

    def load_additems(self):
        items = self.pop_mark()
        target = self.stack[-1]
        if type(target) is not set:
            raise bad_data("its pickle adds to what is no set")
        target.update(self.names(items))

    def load_appends(self):
        items = self.pop_mark()
        self.append_to_list(items)

    def load_append(self):
        self.append_to_list([self.stack.pop()])

    def append_to_list(self, items):
        if type(self.stack[-1]) is not list:
            raise bad_data("its pickle adds to what is no list")
        self.stack[-1].extend(items)

    def refuse(self):
        raise bad_data("its pickle has an operation that no file of weights needs, and is refused")

    KNOWN = (
        "PROTO FRAME STOP MARK NONE NEWTRUE NEWFALSE INT BININT BININT1 BININT2 LONG LONG1 FLOAT BINFLOAT STRING BINSTRING "
        "SHORT_BINSTRING UNICODE BINUNICODE SHORT_BINUNICODE BINUNICODE8 BINBYTES SHORT_BINBYTES BINBYTES8 EMPTY_TUPLE TUPLE TUPLE1 "
        "TUPLE2 TUPLE3 EMPTY_LIST LIST EMPTY_SET EMPTY_DICT PUT BINPUT LONG_BINPUT MEMOIZE GET BINGET LONG_BINGET GLOBAL "
        "STACK_GLOBAL BINPERSID").split()
    dispatch = dict.fromkeys(pickle._Unpickler.dispatch, refuse)
    dispatch.update({getattr(pickle, name)[0]: pickle._Unpickler.dispatch[getattr(pickle, name)[0]] for name in KNOWN})
    dispatch.update({
        pickle.REDUCE[0]: load_reduce, pickle.NEWOBJ[0]: load_reduce, pickle.BUILD[0]: load_build,
        pickle.SETITEM[0]: load_setitem, pickle.SETITEMS[0]: load_setitems, pickle.DICT[0]: load_dict,
        pickle.ADDITEMS[0]: load_additems, pickle.APPEND[0]: load_append, pickle.APPENDS[0]: load_appends,
    })
    dispatch = dict(zip(dispatch, map(counted, dispatch.values())))


def load(file, budget, storages=None):
    """One pickle of a file in memory."""
    try:
        return Unpickler(file, budget, storages).load()
    except Failure:
        raise
    except Exception as error:  # Whatever a damaged file leads to.
        raise bad_data(f"is no pickle of a network, or damaged: {type(error).__name__}: {visible(str(error))}")


def storage_of(identifier, found):
    """The storage that a pickle refers to: ("storage", type, key, place, count), by its key.

    `found` has the type and the number of elements of each key, and the storage.
    """
    if not isinstance(identifier, tuple) or len(identifier) < 5 or identifier[0] != "storage":
        raise bad_data("its pickle refers to something that is no storage")
    kind, key, count = identifier[1], identifier[2], identifier[4]
    if not isinstance(kind, StorageType) or not isinstance(key, str) or not is_size(count):
        raise bad_data("has a storage of a kind that is not known")
    if any(view is not None for view in identifier[5:]):
        raise bad_data(f"storage {visible(key)} is a part of another: files as old as that are not read")
    known = found.setdefault(key, (kind.type, count, Storage()))
    if known[:2] != (kind.type, count):
        raise bad_data(f"storage {visible(key)} is stated twice, in two ways")
    return known[2]


OLDER_MARK = 0x1950A86A20F9469CFC6C


def older_file(file, budget):
    """PyTorch's format before 1.6: pickles of a mark, a version, the machine, the object and the keys of its storages; then
    of each storage the number of its elements, in 8 bytes, and these."""
    if load(file, budget) != OLDER_MARK or load(file, budget) != 1001:
        raise bad_data("is in no format of PyTorch")
    machine = load(file, budget)
    if not isinstance(machine, dict) or machine.get("little_endian") is not True:
        raise bad_data("was written by a machine whose numbers begin with their highest byte")
    found = {}
    value = load(file, budget, lambda identifier: storage_of(identifier, found))
    keys = load(file, budget)
    if not isinstance(keys, list) or not all(isinstance(key, str) for key in keys) or sorted(keys) != sorted(found):
        raise bad_data("lists other storages than it has")
    for key in keys:
        kind, count, storage = found[key]
        stated, size = int.from_bytes(file.read(8), "little"), count * kind.itemsize
        content = file.read(size) if stated == count else b""
        if stated != count or len(content) != size:
            raise bad_data(f"ends within storage {visible(key)} of {count} numbers")
        storage.values = numpy.frombuffer(content, kind)
    check_end(file)
    return value


def check_end(file):
    if file.read(1):
        raise bad_data("has something behind its end")
