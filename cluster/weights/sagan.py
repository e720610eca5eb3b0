"""BigGAN-PyTorch's self-attention GAN (arXiv 1805.08318; its script launch_SAGAN_bs128x2_ema.sh): state dictionaries of G, D and
the averaged G, each in a file. Its networks are those of SAGAN's authors, in PyTorch's order, with other names."""

import numpy

from conversion import Conversion, Source, widths
from failure import bad_data
from sources import arrays_of_dictionary

GROUPS = {"G": "generator", "G_ema": "ema", "D": "discriminator"}


def convert(states):
    result = None
    for title in ("G", "G_ema", "D"):
        if title not in states:
            continue
        source = Source(title, arrays_of_dictionary(states[title]))
        own = discriminator_sizes(source) if title == "D" else generator_sizes(source)
        if result is None:
            result = Conversion(own["resolution"], own["channels"], own["classes"])
            # The projection needs labels.
            result.keys.update({"preset": "sagan", "data.labels": True})
        for name in ("resolution", "channels", "classes"):
            if own[name] != getattr(result, name):
                raise bad_data(f"{title} has {name} {own[name]}, another network {getattr(result, name)}")
        (discriminator if title == "D" else generator)(result, source, GROUPS[title], own)
        result.notes += source.leave(r".*\.sv\d+", "singular values, which are logged alone")
        result.notes += source.leave(r".*\.accumulation_counter", "a counter of standing statistics")
        source.check_all_taken()
    if "G" not in states:
        result.copy_network("ema", "generator")
        result.notes.append("there is no G: the generator starts as the averaged one")
    return result


def blocks_of(source):
    """- Returns: the number of blocks, and those that attention stands behind."""
    count = 0
    while f"blocks.{count}.0.conv1.weight" in source:
        count += 1
    return count, [place for place in range(count) if f"blocks.{place}.1.theta.weight" in source]


def generator_sizes(source):
    if "shared.weight" in source or "blocks.0.0.bn1.gain.bias" in source:
        raise bad_data("G has an embedding that its layers share: that is BigGAN, not SAGAN")
    count, attending = blocks_of(source)
    if count == 0 or "blocks.0.0.bn1.gain.weight" not in source or "linear.weight" not in source:
        raise bad_data("G is no generator of BigGAN-PyTorch with classes in its blocks' batch normalisation")
    found = {8 << place: source.shape(f"blocks.{place}.0.conv1.weight", 4)[0] for place in range(count)}
    found[4] = source.shape("blocks.0.0.conv1.weight", 4)[1]
    return {
        "resolution": 4 << count, "channels": source.shape("output_layer.2.weight", 4)[0],
        "classes": source.shape("blocks.0.0.bn1.gain.weight", 2)[0], "widths": found,
        "attention": [8 << place for place in attending],
    }


def normalized(result, source, path, name, shape, bias=None):
    """A weight with spectral normalisation. BigGAN's u is the vector before the step of power iteration that each use takes,
    ganglion's u and v those that σ = uᵀWv is made of."""
    matrix, origin = source.take(f"{name}.weight", shape)
    u, _ = source.take(f"{name}.u0", [1, shape[0]])
    flat = matrix.reshape(shape[0], -1).astype("f8")
    v = flat.T @ u[0].astype("f8")
    v /= max(float(numpy.linalg.norm(v)), 1e-12)
    u = flat @ v
    u /= max(float(numpy.linalg.norm(u)), 1e-12)
    stem = path.rsplit("/", 1)[0]
    result.put(path, matrix, origin)
    layout = [1] + list(shape[1:]) if len(shape) == 4 else [shape[1]]
    result.put(f"{stem}/u", u, f"{source.title}: {name}.u0, a step of power iteration on")
    result.put(f"{stem}/v", v.reshape(layout), f"{source.title}: of {name}.u0 and {name}.weight")
    if bias:
        result.move(f"{stem}/{bias}", source, f"{name}.bias", [shape[0]])


def convolution(result, source, path, name, outputs, inputs, kernel, has_bias=True):
    normalized(result, source, f"{path}/w", name, [outputs, inputs, kernel, kernel], "biases" if has_bias else None)


def attention(result, source, path, name, channels):
    for own, part, outputs, inputs in (
        ("theta", "sn_conv_theta", channels // 8, channels), ("phi", "sn_conv_phi", channels // 8, channels),
        ("g", "sn_conv_g", channels // 2, channels), ("o", "sn_conv_attn", channels, channels // 2),
    ):
        convolution(result, source, f"{path}/{part}", f"{name}.{own}", outputs, inputs, 1, has_bias=False)
    result.move(f"{path}/sigma_ratio", source, f"{name}.gamma", [])


def attention_name(network, resolution):
    """At 32² SAGAN's own, elsewhere with the resolution behind it."""
    return f"{network}_non_local" + ("" if resolution == 32 else f"_{resolution}")


def generator(result, source, group, own):
    found = own["widths"]
    base, widest = widths(found, source.title)
    z = source.shape("linear.weight", 2)[1]
    if "linear.u0" not in source:
        raise bad_data("G has no spectral normalisation, which SAGAN's generator has")
    normalized(result, source, f"{group}/g_snh0/Matrix", "linear", [16 * found[4], z])
    # u stands to a dense layer that makes an image as its outputs do to one input.
    u, origin = result.arrays[f"{group}/g_snh0/u"]
    result.put(f"{group}/g_snh0/u", u.reshape(-1, 1), origin)
    bias, origin = source.take("linear.bias", [16 * found[4]])
    result.put(f"{group}/g_snh0/bias", bias.reshape(found[4], 4, 4), origin)
    for place, r in enumerate(sorted(found)[1:]):
        name, path = f"blocks.{place}.0", f"{group}/g_block{place + 1}"
        inputs, outputs = found[r // 2], found[r]
        for norm, to, width in (("bn1", "cbn_0", inputs), ("bn2", "cbn_1", outputs)):
            gain, origin = source.take(f"{name}.{norm}.gain.weight", [own["classes"], width])
            result.put(f"{path}/{to}/gamma", gain + 1, f"{origin}, + 1")
            result.move(f"{path}/{to}/beta", source, f"{name}.{norm}.bias.weight", [own["classes"], width])
            result.move(f"{path}/{to}/mean", source, f"{name}.{norm}.stored_mean", [width])
            result.move(f"{path}/{to}/var", source, f"{name}.{norm}.stored_var", [width])
        convolution(result, source, f"{path}/snconv1", f"{name}.conv1", outputs, inputs, 3)
        convolution(result, source, f"{path}/snconv2", f"{name}.conv2", outputs, outputs, 3)
        convolution(result, source, f"{path}/snconv3", f"{name}.conv_sc", outputs, inputs, 1)
        if r in own["attention"]:
            attention(result, source, f"{group}/{attention_name('g', r)}", f"blocks.{place}.1", outputs)
    last = found[max(found)]
    for part, own_name in (
        ("gamma", "gain"), ("beta", "bias"), ("moving_mean", "stored_mean"), ("moving_variance", "stored_var"),
    ):
        result.move(f"{group}/g_bn/{part}", source, f"output_layer.0.{own_name}", [last])
    convolution(result, source, f"{group}/g_snconv_last", "output_layer.2", own["channels"], last, 3)
    for key, value in (
        ("model.channel_base", base), ("model.channel_max", widest), ("model.z_dim", z),
        ("model.attention", ",".join(map(str, own["attention"]))),
    ):
        result.set_key(key, value, source.title)


def discriminator_sizes(source):
    count, attending = blocks_of(source)
    if count < 2 or "embed.weight" not in source:
        raise bad_data("D is no discriminator of BigGAN-PyTorch with the projection of classes")
    resolution = 4 << (count - 1)
    return {
        "resolution": resolution, "channels": source.shape("blocks.0.0.conv1.weight", 4)[1],
        "classes": source.shape("embed.weight", 2)[0],
        "outputs": [source.shape(f"blocks.{place}.0.conv1.weight", 4)[0] for place in range(count)],
        "attention": sorted(max(4, resolution >> (place + 1)) for place in attending),
    }


def discriminator(result, source, group, own):
    outputs, count = own["outputs"], len(own["outputs"])
    for place, width in enumerate(outputs):
        r = max(4, own["resolution"] >> (place + 1))
        expected = min(result.keys["model.channel_base"] // (2 * r), result.keys["model.channel_max"])
        if width != expected:
            raise bad_data(f"D has {width} feature maps at {r}², expected {expected} beside this G")
        is_first, is_last = place == 0, place == count - 1
        name, path = f"blocks.{place}.0", f"{group}/d_" + ("optimized_block1" if is_first else f"block{place + 1}")
        inputs = own["channels"] if is_first else outputs[place - 1]
        convolution(result, source, f"{path}/sn_conv1", f"{name}.conv1", width, inputs, 3)
        convolution(result, source, f"{path}/sn_conv2", f"{name}.conv2", width, width, 3)
        if not is_last:
            convolution(result, source, f"{path}/sn_conv3", f"{name}.conv_sc", width, inputs, 1)
        if f"blocks.{place}.1.theta.weight" in source:
            attention(result, source, f"{group}/{attention_name('d', r)}", f"blocks.{place}.1", width)
    normalized(result, source, f"{group}/d_sn_linear/Matrix", "linear", [1, outputs[-1]], "bias")
    normalized(result, source, f"{group}/d_embedding/embedding_map", "embed", [own["classes"], outputs[-1]])
    result.set_key("model.attention", ",".join(map(str, own["attention"])), "D")
