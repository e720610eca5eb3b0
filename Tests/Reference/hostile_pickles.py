"""Writes pickles that nobody should load, by name; without arguments lists the names.

    hostile_pickles.py NAME OUT
"""

import io
import pickle
import struct
import sys
import zipfile


def text(value):
    content = value.encode("utf-8", "surrogatepass")
    return b"X" + struct.pack("<I", len(content)) + content


def named(module, name):
    return b"\x80\x04" + text(module) + text(name) + b"\x93"


def zipped(members):
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w") as archive:
        for name, content in members:
            archive.writestr(name, content)
    return made.getvalue()


ORDERED = named("collections", "OrderedDict")[2:]
TENSOR = named("torch._utils", "_rebuild_tensor_v2")[2:]
STORAGE = b"(" + text("storage") + b"ctorch\nFloatStorage\n" + text("0") + text("cpu") + b"K\x04tQ"


def tensor(change=b"", strides=b"K\x01\x85", shape=b"K\x04\x85", offset=b"K\x00"):
    """A state dictionary of one tensor of four numbers."""
    made = TENSOR + b"(" + STORAGE + offset + shape + strides + b"\x89" + ORDERED + b")RtR" + change
    pickled = b"\x80\x02}" + text("a") + made + b"s."
    return zipped([("a/data.pkl", pickled), ("a/data/0", bytes(16))])


def nested(depth, start=b"N"):
    """Levels of a pair of one and the same: 2 to the power of the depth leaves."""
    return start + b"".join(b"q" + bytes([place]) + b"h" + bytes([place]) + b"\x86" for place in range(depth))


HOSTILE = {
    # Code, by all the ways in which a pickle calls.
    "reduce": lambda: named("os", "system") + text("true") + b"\x85R.",
    "inst": lambda: b"(" + text("true") + b"ios\nsystem\n.",
    "obj": lambda: b"(cos\nsystem\n" + text("true") + b"o.",
    "newobj-ex": lambda: named("os", "system") + b")}\x92.",
    "extension": lambda: b"\x82\x01.",
    "persistent-text": lambda: b"Pabc\n.",
    "eval": lambda: named("builtins", "eval") + text("1") + b"\x85R.",
    "getattr": lambda: named("numpy", "load") + text("a") + b"\x85R.",
    "call-of-data": lambda: b"\x80\x02]K\x01\x85R.",
    # Changes of what was made.
    "state-of-tensor": lambda: tensor(change=b"N}" + text("strides") + b"J\xd4\xfe\xff\xffK\x01\x86s\x86b"),
    "state-of-class": lambda: ORDERED + b"N}" + text("setdefault") + b"Ns\x86b.",
    "state-of-list": lambda: b"\x80\x02]}b.",
    # Tensors beyond their storage.
    "strides-below-zero": lambda: tensor(strides=b"J\xff\xff\xff\xff\x85"),
    "far-stride": lambda: tensor(strides=b"J\xff\xff\xff\x7f\x85"),
    "far-offset": lambda: tensor(offset=b"J\xff\xff\xff\x7f"),
    "repeated-numbers": lambda: tensor(strides=b"K\x00\x85", shape=b"J\x00\x00\x00\x10\x85"),
    # Time and memory.
    "deep-key": lambda: b"}" + b")" + b"\x85" * 1_000_000 + b"Ns.",
    "wide-key": lambda: b"}" + nested(50, b")") + b"Ns.",
    "wide-value": lambda: b"\x80\x02}" + text("G") + nested(50, b")") + b"s.",
    "wide-set": lambda: b"\x80\x04\x8f(" + nested(50, b")") + b"\x90.",
    "long-bytes": lambda: b"\x80\x05\x96" + struct.pack("<Q", 1 << 31) + b".",
    "long-text": lambda: b"\x80\x04\x8d" + struct.pack("<Q", 1 << 40) + b".",
    "far-memo": lambda: b"\x80\x02Nr\xff\xff\xff\xff.",
    "copies": lambda: named("_codecs", "encode") + b"q\x00" + text("a" * 100_000) + b"q\x01" + (
        b"h\x00h\x01\x85R" * 5000) + b".",
    "many-objects": lambda: b"\x80\x02(" + b"}" * 5_000_000 + b"t.",
    "shared-networks": lambda: shared_networks(),
    # What is not what it says.
    "two-storages": lambda: zipped([("a/data.pkl", b"\x80\x02}."), ("b/data/0", b"")]),
    "compressed": lambda: compressed(),
    "no-pickle": lambda: b"\x89PNG\r\n\x1a\n" + bytes(100),
    "text": lambda: b"hello\n" * 100,
    "behind-the-end": lambda: pickle.dumps({"G": 1}) + b"more",
    "no-network": lambda: pickle.dumps({"G": 5, "D": "x"}),
    "names-that-forge-lines": lambda: named("x\ncluster/convert: all is well\x1b[2J", "y") + b").",
    "lone-surrogate": lambda: b"\x80\x02}" + text("a\ud800") + b"K\x01s.",
}


def shared_networks():
    """Each level has the one below ten times: 10¹⁵ visits."""
    make = named("dnnlib.tflib.network", "Network")[2:] + b")R"

    def network(inner):
        parts = b"}" + b"".join(text(str(k)) + inner + b"s" for k in range(10)) if inner else b"}"
        fields = [("build_func_name", text("G_main")), ("static_kwargs", b"}"), ("variables", b"]"), ("components", parts)]
        return make + b"}" + b"".join(text(name) + value + b"s" for name, value in fields) + b"b"

    # Each is kept in the memo; what is read is the top of the stack.
    levels = [network(None)] + [network(b"h" + bytes([place])) for place in range(14)]
    kept = b"".join(level + b"q" + bytes([place]) for place, level in enumerate(levels))
    return b"\x80\x02}" + text("x") + b"(" + kept + b"ts" + b"h\x0eh\x0eh\x0e\x87q\x64" + b"."


def compressed():
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("a/data.pkl", bytes(1 << 26))
    return made.getvalue()


def main():
    if len(sys.argv) == 1:
        print("\n".join(HOSTILE))
        return
    with open(sys.argv[2], "wb") as file:
        file.write(HOSTILE[sys.argv[1]]())


main()
