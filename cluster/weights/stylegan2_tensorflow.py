"""The TensorFlow releases of StyleGAN2 (arXiv 1912.04958) and of StyleGAN2-ADA, configurations E and F: weights in TensorFlow's
order, kernels of what doubles a size reversed, styles' biases without the 1 that they are added to."""

import re

import stylegan2_networks as networks
import tensorflow_networks as tensorflow
from conversion import Conversion, Source
from failure import bad_data, shown

MAIN = "G_main"


def is_of(value):
    return tensorflow.is_tuple(value) and tensorflow.function(value[0]) == MAIN


def as_it_is(array):
    return array


def transposed(array):
    return array.T


def reversed_outputs_first(array):
    return tensorflow.outputs_first(array[::-1, ::-1] if array.ndim == 4 else array)


def first(array):
    """Without the axis of samples."""
    return array[0] if array.ndim > 0 and array.shape[0] == 1 else array


def plane(array):
    return array[0, 0] if array.ndim == 4 and array.shape[:2] == (1, 1) else array


def plus_one(array):
    return array + 1


OF_STYLE = {"affine.weight": ("mod_weight", transposed, ", transposed"), "affine.bias": ("mod_bias", plus_one, ", + 1")}
REVERSED = (reversed_outputs_first, ", reversed and transposed")
TRANSPOSED = (tensorflow.outputs_first, ", transposed")


class GeneratorSource(Source):
    def place(self, name):
        found = re.fullmatch(r"mapping\.(embed|fc)(\d*)\.(weight|bias)", name)
        if found:
            layer, place, part = found.groups()
            own = "mapping/" + ("LabelEmbed" if layer == "embed" else f"Dense{place}") + "/" + part
            return (own, transposed, ", transposed") if part == "weight" else (own, as_it_is, "")
        if name == "mapping.w_avg":
            return "dlatent_avg", as_it_is, ""
        if name == "synthesis.b4.const":
            return "synthesis/4x4/Const/const", first, ""
        found = re.fullmatch(r"synthesis\.b(\d+)\.(conv0|conv1|torgb)\.(.*)", name)
        r, layer, part = int(found[1]), found[2], found[3]
        if part == "noise_const":
            place = 2 * r.bit_length() - (7 if layer == "conv0" else 6)
            return f"synthesis/noise{max(place, 0)}", plane, ""
        stem = f"synthesis/{r}x{r}/" + {"conv0": "Conv0_up", "conv1": "Conv" if r == 4 else "Conv1", "torgb": "ToRGB"}[layer]
        if part in OF_STYLE:
            own, change, how = OF_STYLE[part]
            return f"{stem}/{own}", change, how
        if part == "weight":
            return (f"{stem}/weight", *(REVERSED if layer == "conv0" else TRANSPOSED))
        return f"{stem}/{part}", as_it_is, ""


class DiscriminatorSource(Source):
    def place(self, name):
        found = re.fullmatch(r"mapping\.(embed|fc)(\d*)\.(weight|bias)", name)
        if found:
            layer, place, part = found.groups()
            own = ("LabelEmbed" if layer == "embed" else f"Mapping{place}") + "/" + part
            return (own, transposed, ", transposed") if part == "weight" else (own, as_it_is, "")
        found = re.fullmatch(r"b(\d+)\.(\w+)\.(weight|bias)", name)
        r, layer, part = found.groups()
        own = {
            "fromrgb": f"{r}x{r}/FromRGB", "conv0": f"{r}x{r}/Conv0", "conv1": f"{r}x{r}/Conv1_down", "skip": f"{r}x{r}/Skip",
            "conv": "4x4/Conv", "fc": "4x4/Dense0", "out": "Output",
        }[layer] + "/" + part
        if part == "bias":
            return own, as_it_is, ""
        return (own, transposed, ", transposed") if layer in ("fc", "out") else (own, *TRANSPOSED)


def convert(value):
    result = sizes = None
    for (title, group), network in sorted(zip(tensorflow.PLACES, value), key=lambda entry: entry[0][0] == "D"):
        arguments = tensorflow.Arguments(network, title)
        if group == "discriminator":
            discriminator(result, network, arguments, sizes)
            continue
        source = tensorflow.source(network, title, GeneratorSource)
        sizes = sizes_of(source, arguments)
        if result is None:
            result = Conversion(sizes.resolution, sizes.channels, sizes.classes)
            result.keys["preset"] = "stylegan2"
        networks.generator(result, source, group, sizes)
        clamp(result, arguments)
        arguments.check_all_read()
        result.notes += source.leave("lod", "a number that says how far a network has grown; these do not grow")
        source.check_all_taken()
    return result


def sizes_of(source, arguments):
    arguments.expect(
        architecture="skip", resample_kernel=[1, 3, 3, 1], nonlinearity="lrelu", mapping_nonlinearity="lrelu", use_noise=True,
        normalize_latents=True, dtype="float32", use_pixel_norm=False, use_instance_norm=False)
    arguments.ignore(
        "truncation_psi", "truncation_cutoff", "truncation_psi_val", "truncation_cutoff_val", "style_mixing_prob", "structure",
        "w_avg_beta", "dlatent_avg_beta", "fmap_base", "fmap_decay", "fmap_min", "fmap_max", "num_fp16_res", "randomize_noise",
        "fused_modconv", "latent_size", "dlatent_size", "mapping_fmaps", "label_fmaps", "impl")
    resolution = tensorflow.resolution(arguments, 1024)
    classes = arguments.number("label_size", 0)
    layers = arguments.number("mapping_layers", 8, 1)
    rates = arguments("mapping_lrmul", 0.01)
    if type(rates) not in (int, float) or not 1e-6 < rates < 1e6 or layers > 64:
        raise bad_data(f"{source.title}: {layers} layers of mapping, with rates scaled by {shown(rates)}")
    shape = source.shape("mapping.fc0.weight", 2)
    if shape[1] <= (shape[0] if classes else 0):
        raise bad_data(f"{source.title} has mapping/Dense0/weight of shape {list(shape)[::-1]}, which leaves nothing for z")
    w = shape[0]
    return networks.Sizes(
        shape[1] - (w if classes else 0), w, classes, resolution, arguments.number("num_channels", 3, 1), layers, rates)


def clamp(result, arguments):
    value = arguments("conv_clamp")
    if value is not None and (type(value) not in (int, float) or not 0 < value < 1e9):
        raise bad_data(f"{arguments.title}: conv_clamp is {shown(value)}, expected a number above 0")
    result.set_key("model.clamp", "none" if value is None else value, arguments.title)


def discriminator(result, network, arguments, sizes):
    source = tensorflow.source(network, arguments.title, DiscriminatorSource)
    arguments.expect(resample_kernel=[1, 3, 3, 1], nonlinearity="lrelu", dtype="float32", mbstd_num_features=1)
    arguments.expect(label_size=sizes.classes, resolution=sizes.resolution, num_channels=sizes.channels)
    arguments.ignore(
        "fmap_base", "fmap_decay", "fmap_min", "fmap_max", "num_fp16_res", "structure", "mapping_fmaps", "freeze_layers", "impl")
    clamp(result, arguments)
    architecture = arguments("architecture", "resnet")
    if architecture not in ("resnet", "orig"):
        raise bad_data(f"D is of architecture {shown(architecture)}, but ganglion's is resnet or orig")
    layers, rates = arguments.number("mapping_layers", 0), arguments("mapping_lrmul", 0.1)
    if type(rates) not in (int, float) or not 1e-6 < rates < 1e6:
        raise bad_data(f"D: mapping_lrmul is {shown(rates)}, expected a number")
    channels = networks.discriminator(result, source, sizes, architecture, layers, rates)
    group = arguments("mbstd_group_size", 4 if tensorflow.function(network) == "D_stylegan2" else None)
    networks.minibatch_group(result, channels, source, lambda: group)
    arguments.check_all_read()
    result.notes += source.leave("lod", "a number that says how far a network has grown; these do not grow")
    source.check_all_taken()
