"""StyleGAN2's networks (arXiv 1912.04958) with the names of their PyTorch code, which are ganglion's: where each array goes."""

from conversion import resolutions, widths
from failure import bad_data, shown

# What ganglion's mapping networks scale their rates by.
MULTIPLIER = 0.01


class Sizes:
    """Of a generator."""

    def __init__(self, z, w, classes, resolution, channels, layers, multiplier=MULTIPLIER):
        self.z, self.w, self.classes, self.resolution, self.channels = z, w, classes, resolution, channels
        # Of the mapping network.
        self.layers, self.multiplier = layers, multiplier


def generator(result, source, group, sizes):
    """Also sets the keys that its sizes are."""
    sides = resolutions(sizes.resolution)
    channels = {r: source.shape(f"synthesis.b{r}.conv1.weight", 4)[0] for r in sides}
    base, widest = widths(channels, source.title)

    def move(name, shape):
        result.move(f"{group}/{name}", source, name, shape)

    mapping(result, source, group, sizes.z, sizes.classes, sizes.w, sizes.layers, sizes.multiplier)
    move("mapping.w_avg", [sizes.w])
    move("synthesis.b4.const", [channels[4], 4, 4])
    for r in sides:
        for layer in ("conv1",) if r == 4 else ("conv0", "conv1"):
            place = f"synthesis.b{r}.{layer}"
            inputs = channels[r // 2] if layer == "conv0" else channels[r]
            move(f"{place}.weight", [channels[r], inputs, 3, 3])
            move(f"{place}.bias", [channels[r]])
            move(f"{place}.noise_const", [r, r])
            move(f"{place}.noise_strength", [])
            move(f"{place}.affine.weight", [inputs, sizes.w])
            move(f"{place}.affine.bias", [inputs])
        place = f"synthesis.b{r}.torgb"
        move(f"{place}.weight", [sizes.channels, channels[r], 1, 1])
        move(f"{place}.bias", [sizes.channels])
        move(f"{place}.affine.weight", [channels[r], sizes.w])
        move(f"{place}.affine.bias", [channels[r]])
    for key, value in (
        ("model.channel_base", base), ("model.channel_max", widest), ("model.z_dim", sizes.z), ("model.w_dim", sizes.w),
        ("model.mapping_layers", sizes.layers), ("data.labels", sizes.classes > 0),
    ):
        result.set_key(key, value, source.title)


def mapping(result, source, group, z, classes, w, layers, multiplier):
    def move(name, shape, scale=1):
        result.move(f"{group}/{name}", source, name, shape, scale)

    if classes:
        move("mapping.embed.weight", [w, classes])
        move("mapping.embed.bias", [w])
    for place in range(layers):
        inputs = w if place else z + (w if classes else 0)
        # What is scaled by another factor in use is stored the larger.
        move(f"mapping.fc{place}.weight", [w, inputs], multiplier / MULTIPLIER)
        move(f"mapping.fc{place}.bias", [w], multiplier / MULTIPLIER)


def discriminator(result, source, sizes, architecture, label_layers=8, multiplier=MULTIPLIER):
    """- Returns: by resolution the channels of its feature maps."""
    sides = resolutions(sizes.resolution)
    channels = {r: source.shape(f"b{r}.conv0.weight", 4)[0] for r in sides[1:]}
    channels[4] = source.shape("b4.conv.weight", 4)[0]
    widths(channels, source.title)
    for r, width in channels.items():
        own = min(result.keys["model.channel_base"] // r, result.keys["model.channel_max"])
        if own != width:
            raise bad_data(f"D has {width} feature maps at {r}², G {own}: ganglion's networks have the same")

    def move(name, shape):
        result.move(f"discriminator/{name}", source, name, shape)

    top = sizes.resolution
    move(f"b{top}.fromrgb.weight", [channels[top], sizes.channels, 1, 1])
    move(f"b{top}.fromrgb.bias", [channels[top]])
    for r in sides[:0:-1]:
        full, half = channels[r], channels[r // 2]
        move(f"b{r}.conv0.weight", [full, full, 3, 3])
        move(f"b{r}.conv0.bias", [full])
        move(f"b{r}.conv1.weight", [half, full, 3, 3])
        move(f"b{r}.conv1.bias", [half])
        if architecture == "resnet":
            move(f"b{r}.skip.weight", [half, full, 1, 1])
    last, features = channels[4], channels[4] if sizes.classes else 1
    # One more is the minibatch standard deviation.
    inputs = source.shape("b4.conv.weight", 4)[1]
    if inputs not in (last, last + 1):
        raise bad_data(f"D has {inputs - last} channels of the minibatch standard deviation, ganglion's has one")
    move("b4.conv.weight", [last, inputs, 3, 3])
    move("b4.conv.bias", [last])
    move("b4.fc.weight", [last, last * 16])
    move("b4.fc.bias", [last])
    move("b4.out.weight", [features, last])
    move("b4.out.bias", [features])
    if sizes.classes:
        if label_layers != 8:
            raise bad_data(f"D maps its labels through {label_layers} layers, ganglion's through 8")
        mapping(result, source, "discriminator", 0, sizes.classes, last, label_layers, multiplier)
    result.keys["model.discriminator"] = architecture
    return channels


def minibatch_group(result, channels, source, group):
    """Samples of which the minibatch standard deviation is taken; 1 leaves it out.

    - group: gives it where there is the statistic; None for all.
    """
    samples = 1
    if source.shape("b4.conv.weight", 4)[1] > channels[4]:
        samples = group()
        if samples is None:
            result.notes.append("D takes the minibatch standard deviation of all samples: model.mbstd_group is 4 instead")
            samples = 4
        elif type(samples) is not int or not 2 <= samples <= 1 << 16:
            raise bad_data(f"D has groups of {shown(samples)} for the minibatch standard deviation")
    result.keys["model.mbstd_group"] = samples
