"""The TensorFlow release of progressive growing (arXiv 1710.10196): ganglion has its names; weights are in TensorFlow's order,
and where doubling is fused with a convolution its kernel is that of a transposed one, reversed."""

import math
import re

import numpy

import tensorflow_networks as tensorflow
from conversion import Conversion, Source, resolutions
from failure import bad_data


def is_of(value):
    return tensorflow.is_tuple(value) and tensorflow.function(value[0]) == "G_paper"


def transposed_convolution(array):
    """Of [rows, columns, outputs, inputs]."""
    return array[::-1, ::-1].transpose(2, 3, 0, 1) if array.ndim == 4 else array


class PaperSource(Source):
    """- is_fused: whether convolutions double and halve sizes themselves."""

    def __init__(self, title, arrays, is_fused):
        super().__init__(title, arrays)
        self.is_fused = is_fused

    def place(self, name):
        own = name if self.is_fused else re.sub("/(Conv0|Conv1)_(up|down)/", r"/\1/", name)
        if not name.endswith("/weight"):
            return own, lambda array: array, ""
        if "/Dense" in name:
            return own, lambda array: array.T, ", transposed"
        if own.endswith("/Conv0_up/weight"):
            return own, transposed_convolution, ", reversed and transposed"
        return own, tensorflow.outputs_first, ", transposed"


def convert(value):
    result = None
    for (title, group), network in sorted(zip(tensorflow.PLACES, value), key=lambda entry: entry[0][0] == "D"):
        arguments = tensorflow.Arguments(network, title)
        source = tensorflow.source(
            network, title, lambda title, arrays: PaperSource(title, arrays, arguments.flag("fused_scale")))
        resolution, channels = tensorflow.resolution(arguments, 32), arguments.number("num_channels", 1, 1)
        classes = arguments.number("label_size", 0)
        base, widest = arguments.number("fmap_base", 8192, 1), arguments.number("fmap_max", 512, 1)
        arguments.expect(fmap_decay=1.0, dtype="float32")
        arguments.ignore("structure")
        if result is None:
            result = Conversion(resolution, channels, classes)
            result.keys["preset"] = "pggan"
        keys = {
            # The release counts from the width at 2².
            "model.channel_base": 2 * base, "model.channel_max": widest, "data.labels": classes > 0,
            "model.equalized_lr": arguments.flag("use_wscale"),
        }
        widths = {r: max(1, min(2 * base // r, widest)) for r in [2] + resolutions(resolution)}
        if group == "discriminator":
            keys["model.mbstd_group"] = max(1, arguments.number("mbstd_group_size", 4))
            discriminator(result, source, widths, resolution, channels, classes, keys["model.mbstd_group"] > 1)
        else:
            arguments.expect(normalize_latents=True, pixelnorm_epsilon=1e-8)
            arguments.ignore("latent_size")
            keys["model.pixel_norm"] = arguments.flag("use_pixelnorm")
            keys["model.leaky_relu"] = arguments.flag("use_leakyrelu")
            keys["model.z_dim"] = generator(result, source, group, widths, resolution, channels, classes)
        check_same(result, title, keys, resolution, channels, classes)
        level(result, source, resolution)
        arguments.check_all_read()
        source.check_all_taken()
    return result


def check_same(result, title, keys, resolution, channels, classes):
    if (resolution, channels, classes) != (result.resolution, result.channels, result.classes):
        raise bad_data(f"{title} has images of {resolution}² with {channels} channels and {classes} classes, G others")
    for key, value in keys.items():
        result.set_key(key, value, title)


def generator(result, source, group, widths, resolution, channels, classes):
    """- Returns: numbers of z."""
    def move(name, shape):
        result.move(f"{group}/{name}", source, name, shape)

    shape = source.shape("4x4/Dense/weight", 2)
    if shape[1] <= classes:
        raise bad_data(f"{source.title} has 4x4/Dense/weight of shape {list(shape)[::-1]}, which leaves nothing for z")
    move("4x4/Dense/weight", [16 * widths[4], shape[1]])
    move("4x4/Dense/bias", [widths[4]])
    move("4x4/Conv/weight", [widths[4], widths[4], 3, 3])
    move("4x4/Conv/bias", [widths[4]])
    for r in resolutions(resolution):
        if r > 4:
            move(f"{r}x{r}/Conv0_up/weight", [widths[r], widths[r // 2], 3, 3])
            move(f"{r}x{r}/Conv0_up/bias", [widths[r]])
            move(f"{r}x{r}/Conv1/weight", [widths[r], widths[r], 3, 3])
            move(f"{r}x{r}/Conv1/bias", [widths[r]])
        lod = (resolution // r).bit_length() - 1
        move(f"ToRGB_lod{lod}/weight", [channels, widths[r], 1, 1])
        move(f"ToRGB_lod{lod}/bias", [channels])
    return shape[1] - classes


def discriminator(result, source, widths, resolution, channels, classes, has_statistic):
    def move(name, shape):
        result.move(f"discriminator/{name}", source, name, shape)

    for r in resolutions(resolution):
        lod = (resolution // r).bit_length() - 1
        move(f"FromRGB_lod{lod}/weight", [widths[r], channels, 1, 1])
        move(f"FromRGB_lod{lod}/bias", [widths[r]])
        if r > 4:
            move(f"{r}x{r}/Conv0/weight", [widths[r], widths[r], 3, 3])
            move(f"{r}x{r}/Conv0/bias", [widths[r]])
            move(f"{r}x{r}/Conv1_down/weight", [widths[r // 2], widths[r], 3, 3])
            move(f"{r}x{r}/Conv1_down/bias", [widths[r // 2]])
    move("4x4/Conv/weight", [widths[4], widths[4] + has_statistic, 3, 3])
    move("4x4/Conv/bias", [widths[4]])
    move("4x4/Dense0/weight", [widths[2], 16 * widths[4]])
    move("4x4/Dense0/bias", [widths[2]])
    move("4x4/Dense1/weight", [1 + classes, widths[2]])
    move("4x4/Dense1/bias", [1 + classes])


def level(result, source, resolution):
    """How far it had grown: the level of detail counts halvings from the images' resolution, with the old one's share."""
    lod = float(source.take("lod", [])[0])
    most = resolution.bit_length() - 3
    if not 0 <= lod <= most:
        raise bad_data(f"{source.title} has lod {lod:g}, expected 0 to {most}")
    own = (resolution >> math.floor(lod), numpy.float32(lod - math.floor(lod)))
    if result.level is not None and own != result.level:
        result.notes.append(f"{source.title} has grown to lod {lod:g}, another network otherwise: the latter counts")
        return
    result.level = own
    # What is fully grown would begin at 4² again.
    if lod == 0:
        result.keys["growing.enabled"] = False
