"""Files of networks, and the arrays in them by name."""

import hashlib
import io
import os
import zipfile

import numpy

from arrays import array_of
from failure import Failure, bad_data, missing, visible
from pickles import Budget, Module, TensorFlowNetwork, check_end, load, older_file, storage_of


def content_of(path):
    if os.path.isdir(path):
        raise missing(f"{visible(path)}: is a folder")
    try:
        with open(path, "rb") as file:
            return file.read()
    except FileNotFoundError:
        raise missing(f"{visible(path)}: no such file")
    except OSError as error:
        raise missing(f"{visible(path)}: cannot be read: {error.strerror}")


def read(path):
    """- Returns: what a file holds, of a file of PyTorch the object that was saved, of a pickle what it makes; and the SHA-256
    of the very bytes that it was read from."""
    content = content_of(path)
    file, budget = io.BytesIO(content), Budget(len(content))
    try:
        if content[:4] == b"PK\x03\x04":
            value = zip_file(file, budget)
        elif content[:3] == b"\x80\x02\x8a":
            # PyTorch's older files begin with a pickle of one number.
            value = older_file(file, budget)
        else:
            value = load(file, budget)
            check_end(file)
    except Failure as failure:
        raise Failure(failure.code, f"{visible(path)}: {failure}")
    return value, hashlib.sha256(content).hexdigest()


def zip_file(file, budget):
    """PyTorch's format since 1.6: a zip of a folder with a pickle, data.pkl, and a file for each storage, data/KEY, as they are."""
    try:
        archive = zipfile.ZipFile(file)
        names = archive.namelist()
        if len(set(names)) != len(names):
            raise bad_data("has two files of one name in it")
        tops = {name.split("/", 1)[0] for name in names}
        if len(tops) != 1:
            raise bad_data(f"is a zip of {len(tops)} folders, expected one")
        top = tops.pop()

        def part(name):
            entry = archive.getinfo(f"{top}/{name}")
            # What is not compressed is no larger than the file.
            if entry.compress_type != zipfile.ZIP_STORED:
                raise bad_data(f"{visible(name)} is compressed, as PyTorch never does")
            budget.spend(entry.file_size)
            return archive.read(entry)

        if f"{top}/data.pkl" not in names:
            raise bad_data("is a zip without data.pkl, so no file of PyTorch")
        if f"{top}/byteorder" in names and part("byteorder") != b"little":
            raise bad_data("was written by a machine whose numbers begin with their highest byte")
        found = {}
        pickled = io.BytesIO(part("data.pkl"))
        value = load(pickled, budget, lambda identifier: storage_of(identifier, found))
        check_end(pickled)
        stored = {name[len(top) + 6:] for name in names if name.startswith(f"{top}/data/")}
        if stored != set(found):
            raise bad_data("has other storages than its pickle names")
        for key, (kind, count, storage) in found.items():
            content = part(f"data/{key}")
            if len(content) != count * kind.itemsize:
                raise bad_data(f"storage {visible(key)} has {len(content)} bytes, expected {count * kind.itemsize}")
            storage.values = numpy.frombuffer(content, kind)
        return value
    except Failure:
        raise
    except Exception as error:  # Whatever a damaged zip leads to.
        raise bad_data(f"is a damaged zip: {type(error).__name__}: {visible(str(error))}")


# No network of the families that are read has as many, or lies as deep.
MOST_ARRAYS = 10_000
MOST_LEVELS = 16


class Found:
    """Arrays by name, and what was gone through: each part once."""

    def __init__(self):
        self.arrays, self.seen = {}, set()

    def enter(self, part, level):
        if id(part) in self.seen or level > MOST_LEVELS or len(self.seen) > MOST_ARRAYS:
            raise bad_data("has parts that lie in one another again and again")
        self.seen.add(id(part))

    def add(self, name, value):
        if visible(name) != name:
            raise bad_data(f"has an array with the name {visible(name)}")
        if name in self.arrays:
            raise bad_data(f"has two arrays with the name {name}")
        if len(self.arrays) >= MOST_ARRAYS:
            raise bad_data(f"has more than {MOST_ARRAYS} arrays")
        self.arrays[name] = array_of(value, name)


def collected(network, kind, title, joint, values, parts):
    """Arrays of a network and of the parts in it, by their names with joints between.

    - kind: of all parts; values, parts: names and values of one, by the part and where it is.
    """
    found = Found()

    def walk(part, prefix, level):
        where = visible(prefix) or "a network"
        if not isinstance(part, kind):
            raise bad_data(f"{where} is no {title}")
        found.enter(part, level)
        for name, value in values(part, where):
            found.add(prefix + name, value)
        for name, inner in parts(part):
            walk(inner, f"{prefix}{name}{joint}", level + 1)

    walk(network, "", 0)
    return found.arrays


def arrays_of_module(module):
    """Parameters and buffers of a module and of those in it, by PyTorch's names."""
    def values(module, where):
        both = items(module.state.get("_parameters")) + items(module.state.get("_buffers"))
        return [(name, value) for name, value in both if value is not None]

    def parts(module):
        return [(name, part) for name, part in items(module.state.get("_modules")) if part is not None]

    return collected(module, Module, "module of NVIDIA's PyTorch code", ".", values, parts)


def submodule(module, name):
    """The state of a part of a module, by its name with dots."""
    for part in name.split(".") if name else []:
        inner = dict(items(module.state.get("_modules"))).get(part)
        if not isinstance(inner, Module):
            raise bad_data(f"has no module {name}")
        module = inner
    return module.state


def arrays_of_tensorflow(network):
    """Variables of a network of TensorFlow and of its components, by their names with slashes."""
    def values(network, where):
        variables = network.state.get("variables")
        if not isinstance(variables, list):
            raise bad_data(f"{where} has no list of variables")
        for entry in variables:
            if not isinstance(entry, tuple) or len(entry) != 2 or not isinstance(entry[0], str):
                raise bad_data(f"{where} has a variable without a name")
        return variables

    def parts(network):
        return items(network.state.get("components"))

    return collected(network, TensorFlowNetwork, "network of NVIDIA's TensorFlow code", "/", values, parts)


def arrays_of_dictionary(state):
    """Those of a state dictionary."""
    found = Found()
    for name, value in items(state):
        # As nn.DataParallel has it.
        found.add(name.removeprefix("module."), value)
    if not found.arrays:
        raise bad_data("holds no state dictionary, or an empty one")
    return found.arrays


def items(mapping):
    if mapping is None:
        return []
    if not isinstance(mapping, dict) or not all(isinstance(name, str) for name in mapping):
        raise bad_data("a list of parts is no dictionary of names")
    return list(mapping.items())
