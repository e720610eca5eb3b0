"""Writes the weights of a golden file as their authors publish such weights: pickles of the same form, with the same names.

    published_weights.py pytorch|tensorflow|pggan|sagan GOLDEN.h5 OUT [--lod X] [--unfused] [--older] [--damage HOW NAME]
    published_weights.py code OUT MARK

`sagan` writes OUT-G.pth, OUT-G_ema.pth and OUT-D.pth. `code` writes a pickle that would make the file MARK. Of the damages,
`drop` leaves an array out, `add` has one more, `nan` and `shape` change it.

Neither PyTorch nor TensorFlow is needed: classes and functions of theirs are stand-ins here, which pickle by name.
"""

import argparse
import collections
import io
import os
import pickle
import re
import struct
import sys
import types
import zipfile

import h5py
import numpy as np


def stand_in(module, name, make=None):
    """A function or class that pickles as module.name."""
    parts = module.split(".")
    for place in range(len(parts)):
        sys.modules.setdefault(".".join(parts[:place + 1]), types.ModuleType(".".join(parts[:place + 1])))
    made = make or (lambda *_: None)
    made.__module__, made.__name__, made.__qualname__ = module, name, name
    setattr(sys.modules[module], name, made)
    return made


reconstruct = stand_in("torch_utils.persistence", "_reconstruct_persistent_obj")
rebuild_tensor = stand_in("torch._utils", "_rebuild_tensor_v2")
rebuild_parameter = stand_in("torch._utils", "_rebuild_parameter")
load_from_bytes = stand_in("torch.storage", "_load_from_bytes")
FloatStorage = stand_in("torch", "FloatStorage", type("FloatStorage", (), {}))
EasyDict = stand_in("dnnlib.util", "EasyDict", type("EasyDict", (dict,), {}))


class Called:
    """Pickles as the call of a function."""

    def __init__(self, function, *arguments):
        self.call = (function, arguments)

    def __reduce__(self):
        return self.call


class Reference:
    """A storage that stands beside the pickle."""

    def __init__(self, key, count):
        self.key, self.count = key, count


class FilePickler(pickle.Pickler):
    def persistent_id(self, value):
        return ("storage", FloatStorage, value.key, "cpu", value.count) if isinstance(value, Reference) else None


class OlderPickler(pickle.Pickler):
    def persistent_id(self, value):
        return ("storage", FloatStorage, value.key, "cuda:0", value.count, None) if isinstance(value, Reference) else None


def strides(shape):
    return tuple(int(np.prod(shape[place + 1:])) for place in range(len(shape)))


def older_file(value, storages, protocol=2):
    """PyTorch's format before 1.6."""
    out = io.BytesIO()
    sizes = dict(short=2, int=4, long=4)
    for part in (0x1950A86A20F9469CFC6C, 1001, dict(protocol_version=1001, little_endian=True, type_sizes=sizes)):
        pickle.dump(part, out, protocol=protocol)
    OlderPickler(out, protocol=protocol).dump(value)
    pickle.dump(sorted(storages), out, protocol=protocol)
    for key in sorted(storages):
        out.write(struct.pack("<q", storages[key].size) + storages[key].tobytes())
    return out.getvalue()


def tensor_in_pickle(array, is_parameter):
    array = np.array(array, "<f4", order="C")
    storage = Called(load_from_bytes, older_file(Reference("1", array.size), {"1": array}))
    made = Called(rebuild_tensor, storage, 0, tuple(array.shape), strides(array.shape), False, collections.OrderedDict())
    return Called(rebuild_parameter, made, True, collections.OrderedDict()) if is_parameter else made


def damaged(arrays, damage):
    arrays = dict(arrays)
    if damage:
        how, name = damage
        if how == "drop":
            del arrays[name]
        elif how == "add":
            arrays[name] = np.zeros([3], "f4")
        elif how == "nan":
            arrays[name] = np.full_like(arrays[name], np.nan)
        elif how == "shape":
            arrays[name] = np.zeros([7] + list(arrays[name].shape), "f4")
    return arrays


def group(file, path):
    found = {}
    file[path].visititems(lambda name, value: found.__setitem__(name, value[()]) if hasattr(value, "shape") else None)
    return found


BUFFERS = ("noise_const", "resample_filter", "w_avg")


def module(arrays, settings):
    """A tree of modules by names with dots; settings by the module's name."""
    def made(prefix):
        state = dict(training=False, _parameters={}, _buffers={}, _modules=collections.OrderedDict(), _backward_hooks={},
                     _non_persistent_buffers_set=set())
        for name in arrays:
            if not name.startswith(prefix):
                continue
            rest = name[len(prefix):]
            if "." in rest:
                part = rest.split(".")[0]
                if part not in state["_modules"]:
                    state["_modules"][part] = made(f"{prefix}{part}.")
            else:
                kind = "_buffers" if rest in BUFFERS else "_parameters"
                state[kind][rest] = tensor_in_pickle(arrays[name], kind == "_parameters")
        state.update(settings(prefix[:-1]))
        source = "raise SystemExit('ran')"
        return Called(reconstruct, dict(type="class", version=6, module_src=source, class_name="M", state=state))
    return made("")


def stylegan2(file, damage, out):
    """The pickle of StyleGAN2-ADA's and GGDR's PyTorch code."""
    about = file.attrs
    z = file["input/z"].shape[1]
    sizes = dict(z_dim=z, c_dim=int(about["cdim"]), w_dim=int(about["w"]), img_resolution=int(about["res"]),
                 img_channels=int(about["ch"]))

    def settings_g(name):
        if name == "":
            return sizes
        if name == "mapping":
            return dict(num_layers=int(about["map"]))
        if re.fullmatch(r"mapping\.fc\d+", name):
            return dict(activation="lrelu", bias_gain=0.01)
        if re.fullmatch(r"synthesis\.b\d+", name):
            return dict(architecture="skip")
        if name.endswith("affine") or name.endswith("embed"):
            return dict(activation="linear")
        return dict(use_noise=True, activation="lrelu", conv_clamp=256, up=2 if name.endswith("conv0") else 1)

    def settings_d(name):
        if name == "":
            return {key: sizes[key] for key in ("c_dim", "img_resolution", "img_channels")}
        if name == "mapping":
            return dict(num_layers=8)
        if re.fullmatch(r"mapping\.fc\d+", name):
            return dict(activation="lrelu", bias_gain=0.01)
        if re.fullmatch(r"b\d+", name):
            return dict(architecture=str(about["arch"]))
        if name.endswith("skip"):
            return dict(activation="linear", conv_clamp=None, up=1, down=2)
        if name.endswith("_dec"):
            return dict(activation="linear", conv_clamp=None, up=2, down=1)
        if name in ("mapping.embed", "b4.out"):
            return dict(activation="linear")
        return dict(activation="lrelu", conv_clamp=256, up=1, down=2 if name.endswith("conv1") else 1)

    g, d = damaged(group(file, "init/G"), damage), group(file, "init/D")
    networks = dict(training_set_kwargs=EasyDict(path="x"), augment_pipe=None)
    networks["G"] = networks["G_ema"] = module(g, settings_g)
    made = module(d, settings_d)
    # A module without parameters.
    epilogue = made.call[1][0]["state"]["_modules"]["b4"].call[1][0]["state"]["_modules"]
    epilogue["mbstd"] = Called(reconstruct, dict(type="class", version=6, module_src="", class_name="M", state=dict(
        training=False, _parameters={}, _buffers={}, _modules={}, group_size=4, num_channels=1)))
    networks["D"] = made
    with open(out, "wb") as target:
        pickle.dump(networks, target, protocol=4)


class Network:
    def __init__(self, state):
        self.state = state

    def __getstate__(self):
        return self.state


def network(kind, function, variables, components=None, **arguments):
    made = kind(dict(
        version=4, name=function, static_kwargs=arguments, components=components or {},
        build_module_src="raise SystemExit('ran')", build_func_name=function, variables=list(variables.items())))
    return made


def outputs_last(array):
    return array.transpose(2, 3, 1, 0)


def stylegan2_tensorflow(file, damage, out):
    """The pickle of StyleGAN2's TensorFlow code."""
    kind = stand_in("dnnlib.tflib.network", "Network", type("Network", (Network,), {}))
    about, resolution = file.attrs, int(file.attrs["res"])
    main, mapping, synthesis, critic = {"lod": np.float32(0)}, {}, {}, {"lod": np.float32(0)}
    for name, array in group(file, "init/G").items():
        part = name.split(".")
        if name.endswith("resample_filter"):
            continue
        if name == "mapping.w_avg":
            main["dlatent_avg"] = array
        elif part[0] == "mapping":
            layer = "LabelEmbed" if part[1] == "embed" else "Dense" + part[1][2:]
            mapping[f"{layer}/{part[2]}"] = array.T
        elif part[2] == "const":
            synthesis["4x4/Const/const"] = array[np.newaxis]
        else:
            r = int(part[1][1:])
            layer = {"conv0": "Conv0_up", "conv1": "Conv" if r == 4 else "Conv1", "torgb": "ToRGB"}[part[2]]
            stem, end = f"{r}x{r}/{layer}", ".".join(part[3:])
            if end == "noise_const":
                place = 0 if r == 4 else 2 * int(np.log2(r)) - 5 + (part[2] == "conv1")
                synthesis[f"noise{place}"] = array[np.newaxis, np.newaxis]
            elif end == "weight":
                turned = outputs_last(array)
                synthesis[f"{stem}/weight"] = turned[::-1, ::-1] if part[2] == "conv0" else turned
            elif end == "affine.weight":
                synthesis[f"{stem}/mod_weight"] = array.T
            elif end == "affine.bias":
                synthesis[f"{stem}/mod_bias"] = array - 1
            else:
                synthesis[f"{stem}/{end}"] = array
    for name, array in group(file, "init/D").items():
        # This code has no decoder.
        if name.endswith("resample_filter") or "_dec" in name:
            continue
        part = name.split(".")
        if part[0] == "mapping":
            critic[("LabelEmbed" if part[1] == "embed" else "Mapping" + part[1][2:]) + "/" + part[2]] = array.T
            continue
        r = int(part[0][1:])
        layer = {"fromrgb": f"{r}x{r}/FromRGB", "conv0": f"{r}x{r}/Conv0", "conv1": f"{r}x{r}/Conv1_down", "skip": f"{r}x{r}/Skip",
                 "conv": "4x4/Conv", "fc": "4x4/Dense0", "out": "Output"}[part[1]]
        critic[f"{layer}/{part[2]}"] = outputs_last(array) if array.ndim == 4 else array.T
    common = dict(resolution=resolution, num_channels=int(about["ch"]), label_size=int(about["cdim"]), conv_clamp=256)
    g = network(
        kind, "G_main", main,
        dict(mapping=network(kind, "G_mapping", mapping), synthesis=network(kind, "G_synthesis", damaged(synthesis, damage))),
        mapping_layers=int(about["map"]), truncation_psi=0.5, **common)
    d = network(kind, "D_stylegan2", critic, mapping_layers=8 if about["cdim"] else 0, mapping_lrmul=0.01, mbstd_group_size=4,
                architecture=str(about["arch"]), **common)
    with open(out, "wb") as target:
        pickle.dump((g, d, g), target, protocol=2)


def pggan(file, damage, out, lod, fused):
    """The pickle of the progressive GAN's TensorFlow code."""
    kind = stand_in("tfutil", "Network", type("Network", (Network,), {}))
    about = file.attrs
    networks = []
    for name in ("G", "D", "G"):
        arrays = group(file, f"init/{name}")
        if not fused:
            arrays = {
                path.replace("_up/", "/").replace("_down/", "/"):
                    array[::-1, ::-1].transpose(0, 1, 3, 2) if path.endswith("Conv0_up/weight") else array
                for path, array in arrays.items()}
        arrays = damaged(arrays, damage if name == "G" else None)
        # As TensorFlow lists it.
        arrays["lod"] = np.float32(lod)
        networks.append(network(
            kind, f"{name}_paper", arrays, num_channels=int(about["ch"]), resolution=int(about["res"]),
            label_size=int(about["labels"]), fmap_base=int(about["base"]), fmap_max=int(about["fmax"]), fused_scale=fused))
    with open(out, "wb") as target:
        pickle.dump(tuple(networks), target, protocol=4)


def biggan_names(arrays, network):
    """SAGAN's arrays by the names and in the order of BigGAN-PyTorch."""
    found, attention = {}, None
    for name, array in sorted(arrays.items()):
        part = name.split("/")[1:]
        block = re.fullmatch(r"[gd]_(?:optimized_)?block(\d+)", part[0])
        stem = f"blocks.{int(block[1]) - 1}.0" if block else part[0]
        end = {"w": "weight", "Matrix": "weight", "biases": "bias", "bias": "bias", "u": "u0"}.get(part[-1], part[-1])
        if end == "weight":
            array = array.transpose(3, 2, 0, 1) if array.ndim == 4 else array.T
        if block and part[1].startswith("cbn"):
            norm = f"{stem}.bn{int(part[1][-1]) + 1}"
            own, array = {
                "gamma": ("gain.weight", array - 1), "beta": ("bias.weight", array), "mean": ("stored_mean", array.reshape(-1)),
                "var": ("stored_var", array.reshape(-1))}[part[2]]
            found[f"{norm}.{own}"] = array
        elif block:
            layer = {"1": "conv1", "2": "conv2", "3": "conv_sc"}[part[1][-1]]
            found[f"{stem}.{layer}.{end}"] = array
        elif "non_local" in part[0]:
            attention = attention or {}
            if part[1] == "sigma_ratio":
                attention["gamma"] = array
            else:
                attention[{"theta": "theta", "phi": "phi", "g": "g", "attn": "o"}[part[1].split("_")[-1]] + "." + end] = array
        elif part[0] == "g_snh0":
            # 4×4×C, one after the other, there C×4×4.
            if end == "weight":
                array = array.reshape(4, 4, -1, array.shape[1]).transpose(2, 0, 1, 3).reshape(array.shape)
            elif end == "u0":
                array = array.reshape(4, 4, -1).transpose(2, 0, 1).reshape(1, -1)
            else:
                array = array.reshape(4, 4, -1).transpose(2, 0, 1).reshape(-1)
            found[f"linear.{end}"] = array
        elif part[0] == "g_bn":
            found["output_layer.0." + {"gamma": "gain", "beta": "bias"}[part[1]]] = array
        elif part[0] == "g_snconv_last":
            found[f"output_layer.2.{end}"] = array
        elif part[0] == "d_sn_linear":
            found[f"linear.{end}"] = array
        elif part[0] == "d_embedding":
            found["embed." + {"embedding_map": "weight", "u": "u0"}[part[1]]] = arrays[name]
        else:
            raise KeyError(name)
    if network == "G":
        width = found["output_layer.0.gain"].shape[0]
        found["output_layer.0.stored_mean"], found["output_layer.0.stored_var"] = np.zeros(width, "f4"), np.ones(width, "f4")
    return found, attention


def place_of_attention(found, attention):
    """Behind the block that has as many feature maps as it takes: the last of them before the width changes."""
    taken = attention["theta.weight"].shape[1]
    blocks = sorted({int(name.split(".")[1]) for name in found if name.startswith("blocks.")})
    return [k for k in blocks if found[f"blocks.{k}.0.conv1.weight"].shape[0] == taken][0]


def sagan(file, damage, out, older):
    """State dictionaries of BigGAN-PyTorch."""
    for network, titles in (("G", ("G", "G_ema")), ("D", ("D",))):
        found, attention = biggan_names(group(file, f"init/{network}"), network)
        if attention:
            place = place_of_attention(found, attention)
            found.update({f"blocks.{place}.1.{name}": array for name, array in attention.items()})
        for name in [name for name in found if name.endswith(".u0")]:
            found[name.replace(".u0", ".sv0")] = np.ones([1], "f4")
        for title in titles:
            arrays = damaged(found, damage if title == "G" else None)
            storages = {str(k): np.array(array, "<f4", order="C") for k, array in enumerate(arrays.values())}
            state = collections.OrderedDict(
                (name, Called(rebuild_tensor, Reference(str(k), storages[str(k)].size), 0, tuple(array.shape), strides(array.shape),
                              False, collections.OrderedDict()))
                for k, (name, array) in enumerate(arrays.items()))
            path = f"{out}-{title}.pth"
            if older:
                with open(path, "wb") as target:
                    target.write(older_file(state, storages))
                continue
            body = io.BytesIO()
            FilePickler(body, protocol=2).dump(state)
            with zipfile.ZipFile(path, "w") as archive:
                archive.writestr(f"{title}/data.pkl", body.getvalue())
                archive.writestr(f"{title}/byteorder", "little")
                for key, array in storages.items():
                    archive.writestr(f"{title}/data/{key}", array.tobytes())


class Code:
    def __init__(self, mark):
        self.mark = mark

    def __reduce__(self):
        return os.system, (f"touch {self.mark}",)


def main():
    if sys.argv[1] == "code":
        with open(sys.argv[2], "wb") as target:
            pickle.dump(dict(G=Code(sys.argv[3])), target)
        return
    parser = argparse.ArgumentParser()
    parser.add_argument("kind")
    parser.add_argument("golden")
    parser.add_argument("out")
    parser.add_argument("--lod", type=float, default=0)
    parser.add_argument("--unfused", action="store_true")
    parser.add_argument("--older", action="store_true")
    parser.add_argument("--damage", nargs=2)
    given = parser.parse_args()
    with h5py.File(given.golden, "r") as file:
        if given.kind == "pytorch":
            stylegan2(file, given.damage, given.out)
        elif given.kind == "tensorflow":
            stylegan2_tensorflow(file, given.damage, given.out)
        elif given.kind == "pggan":
            pggan(file, given.damage, given.out, given.lod, not given.unfused)
        else:
            sagan(file, given.damage, given.out, given.older)


main()
