"""The PyTorch releases of StyleGAN2-ADA (arXiv 2006.06676) and of GGDR (arXiv 2207.13320): a pickle of a dictionary with the
modules G, D and G_ema."""

import numpy

import stylegan2_networks as networks
from conversion import Conversion, Source, is_power_of_two, resolutions
from failure import bad_data, shown, visible
from pickles import Module
from sources import arrays_of_module, submodule

# Of a module's network in a checkpoint.
GROUPS = {"G": "generator", "G_ema": "ema", "D": "discriminator"}


def is_of(value):
    return isinstance(value, dict) and any(isinstance(value.get(name), Module) for name in GROUPS)


def convert(value):
    modules = {name: value[name] for name in GROUPS if value.get(name) is not None}
    for name, module in modules.items():
        if not isinstance(module, Module):
            raise bad_data(f"{name} is {shown(module)}, expected a network")
    first = modules.get("G_ema") or modules.get("G")
    if first is None:
        raise bad_data("has a D, but neither G nor G_ema")
    sizes = sizes_of(first)
    result = Conversion(sizes.resolution, sizes.channels, sizes.classes)
    result.keys["preset"] = "stylegan2"
    for name, module in modules.items():
        source = Source(name, arrays_of_module(module))
        if name == "D":
            discriminator(result, source, module, sizes)
        else:
            own = sizes_of(module)
            result.set_key("model.clamp", clamp_of(module), name)
            check_generator(module, own, result.keys["model.clamp"])
            networks.generator(result, source, GROUPS[name], own)
        leave_filters(result, source)
    if "G" not in modules:
        result.copy_network("ema", "generator")
        result.notes.append("there is no G: the generator starts as G_ema")
    for name, part in value.items():
        if name not in modules and part is not None:
            result.notes.append(f"{visible(str(name))}: left out: no network that makes or judges images")
    return result


def number(state, name, least, title):
    found = state.get(name)
    if type(found) is not int or not least <= found < 1 << 20:
        raise bad_data(f"{title}.{name} is {shown(found)}, expected a number from {least} on")
    return found


def sizes_of(module):
    """As a generator says them of itself."""
    state, mapping = module.state, submodule(module, "mapping")
    sizes = networks.Sizes(
        number(state, "z_dim", 1, "G"), number(state, "w_dim", 1, "G"), number(state, "c_dim", 0, "G"),
        number(state, "img_resolution", 4, "G"), number(state, "img_channels", 1, "G"),
        number(mapping, "num_layers", 1, "mapping"))
    if not is_power_of_two(sizes.resolution) or sizes.layers > 64:
        raise bad_data(f"makes images of {sizes.resolution}² with {sizes.layers} layers of mapping, which no StyleGAN2 does")
    sizes.multiplier = multiplier(module, sizes.layers)
    return sizes


def multiplier(module, layers):
    """What the rates of a mapping network are scaled by: ganglion's have one."""
    first = submodule(module, "mapping.fc0").get("bias_gain")
    for place in range(layers):
        value = submodule(module, f"mapping.fc{place}").get("bias_gain")
        if type(value) not in (int, float) or value != first or not 1e-6 < value < 1e6:
            raise bad_data(f"mapping.fc{place}.bias_gain is {shown(value)}, expected one number for all layers")
    return first


def clamp_of(generator):
    """That of the first layer: all have to have it."""
    value = submodule(generator, "synthesis.b4.conv1").get("conv_clamp")
    if value is not None and (type(value) not in (int, float) or not 0 < value < 1e9):
        raise bad_data(f"synthesis.b4.conv1.conv_clamp is {shown(value)}, expected a number above 0, or none")
    return "none" if value is None else value


def check(module, place, **expected):
    """What a module is set to, where ganglion's has no choice."""
    state = submodule(module, place)
    for name, value in expected.items():
        found = state.get(name)
        if type(found) not in (type(value), int, float) or found != value:
            raise bad_data(f"{place}.{name} is {shown(found)}, but ganglion's StyleGAN2 has {shown(value)}")


def check_mapping(module, layers, has_labels):
    if has_labels:
        check(module, "mapping.embed", activation="linear")
    for place in range(layers):
        check(module, f"mapping.fc{place}", activation="lrelu")


def check_generator(module, sizes, clamp):
    value = None if clamp == "none" else clamp
    check_mapping(module, sizes.layers, sizes.classes > 0)
    for r in resolutions(sizes.resolution):
        place = f"synthesis.b{r}"
        check(module, place, architecture="skip")
        for layer in ("conv1",) if r == 4 else ("conv0", "conv1"):
            check(
                module, f"{place}.{layer}", use_noise=True, activation="lrelu", conv_clamp=value,
                up=2 if layer == "conv0" else 1)
            check(module, f"{place}.{layer}.affine", activation="linear")
        check(module, f"{place}.torgb", conv_clamp=value)
        check(module, f"{place}.torgb.affine", activation="linear")


def check_discriminator(module, resolution, clamp, architecture):
    value = None if clamp == "none" else clamp
    for r in resolutions(resolution)[1:]:
        check(module, f"b{r}", architecture=architecture)
        if r == resolution:
            check(module, f"b{r}.fromrgb", activation="lrelu", conv_clamp=value, up=1, down=1)
        check(module, f"b{r}.conv0", activation="lrelu", conv_clamp=value, up=1, down=1)
        check(module, f"b{r}.conv1", activation="lrelu", conv_clamp=value, up=1, down=2)
        if architecture == "resnet":
            check(module, f"b{r}.skip", activation="linear", conv_clamp=None, up=1, down=2)
    check(module, "b4.conv", activation="lrelu", conv_clamp=value, up=1, down=1)
    check(module, "b4.fc", activation="lrelu")
    check(module, "b4.out", activation="linear")


def discriminator(result, source, module, sizes):
    for name, value in (("c_dim", sizes.classes), ("img_resolution", sizes.resolution), ("img_channels", sizes.channels)):
        if number(module.state, name, 0, "D") != value:
            raise bad_data(f"D.{name} is {module.state[name]}, that of the generator {value}")
    architecture = submodule(module, "b4").get("architecture")
    if architecture not in ("resnet", "orig"):
        raise bad_data(f"D is of architecture {shown(architecture)}, but ganglion's is resnet or orig")
    check_discriminator(module, sizes.resolution, result.keys["model.clamp"], architecture)
    layers, rates = 8, networks.MULTIPLIER
    if sizes.classes:
        layers = number(submodule(module, "mapping"), "num_layers", 1, "D.mapping")
        check_mapping(module, min(layers, 64), True)
        rates = multiplier(module, min(layers, 64))
    channels = networks.discriminator(result, source, sizes, architecture, layers, rates)
    networks.minibatch_group(
        result, channels, source, lambda: submodule(module, "b4.mbstd").get("group_size"))
    decoder(result, source, module, channels)


def decoder(result, source, module, channels):
    """GGDR's, where there is one (section 3.3): from 8² up, each layer fed by the one below and by what D has there."""
    resolution, r = 4, 8
    while f"b{r}_dec.weight" in source and r in channels:
        check(module, f"b{r}_dec", activation="linear", conv_clamp=None, up=2, down=1)
        inputs = channels[r // 2] * (1 if r == 8 else 2)
        result.move(f"discriminator/b{r}_dec.weight", source, f"b{r}_dec.weight", [channels[r], inputs, 1, 1])
        result.move(f"discriminator/b{r}_dec.bias", source, f"b{r}_dec.bias", [channels[r]])
        resolution, r = r, 2 * r
    if resolution > 4:
        result.keys["preset"], result.keys["ggdr.resolution"] = "stylegan2-ggdr", resolution


def leave_filters(result, source):
    """ganglion has the filter itself, if it is what it should be."""
    taps = numpy.outer([1, 3, 3, 1], [1, 3, 3, 1]) / 64
    for name, array in source.arrays.items():
        if name.endswith("resample_filter") and (array.shape != taps.shape or not numpy.allclose(array, taps, atol=1e-6)):
            raise bad_data(f"{source.title} has {name} of other taps than [1, 3, 3, 1]")
    result.notes += source.leave(r".*resample_filter", "taps [1, 3, 3, 1], which ganglion has itself")
    source.check_all_taken()
