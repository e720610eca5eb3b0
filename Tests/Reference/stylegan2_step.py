"""Times a mean training step of StyleGAN2 (arXiv 1912.04958) with GGDR (arXiv 2207.13320) in PyTorch, on the networks of
`ganglion bench step R32 R64`.

A mean step is the generator's loss and a quarter of the path length's phase, on half of the batch, then the discriminator's
loss with the decoder's and a sixteenth of R1's phase, each with Adam (β 0, 0.99, corrected for phases that are left out),
and the generator's moving average. Phases are timed one by one; each draws noise and mixed styles of its own. Generated
images of the discriminator's loss are made without a graph.

Styles scale a convolution's input and its output, so that all samples share its weights. The gains of activations are in the
weights before them, and gradients are not searched for NaN. The clamp of activations, which the authors need for half
precision, is an option. Convolutions, and the filter [1, 3, 3, 1] of each channel by itself, are those of `twice`.

    python stylegan2_step.py R32 --threads 1 --steps 15 [--batch 16] [--memory channels_last|contiguous] [--clamp]

prints JSON: median images/s, the spread of the middle half, peak memory.
"""

import math

import timed_step
import torch
import twice
from torch import nn
from torch.nn import functional as F

CASES = {
    "R32": dict(resolution=32, base=4096, most=128, guide=8, batch=16),
    "R64": dict(resolution=64, base=8192, most=128, guide=16, batch=8),
}
Z, W, MAPPING, GROUP, MIXING = 128, 128, 2, 4, 0.9
PATH_EVERY, R1_EVERY = 4, 16
GGDR, PATH = 10.0, 2.0
GAIN = math.sqrt(2)


def activated(x, gain=GAIN):
    """Leaky ReLU in place; its gain is in what it is given, and only counts for the clamp."""
    y = F.leaky_relu(x, 0.2, inplace=True)
    return y.clamp(-256 * gain, 256 * gain) if CLAMPS else y


def filtered(x, taps, stride=1, padding=1):
    return twice.conv(x, taps, stride=stride, padding=padding, groups=x.shape[1])


def doubled(x, taps):
    return twice.conv_transpose(x, taps, stride=2, padding=1, groups=x.shape[1])


def taps(channels, gain=1):
    row = torch.tensor([1.0, 3.0, 3.0, 1.0]) / 8
    return (torch.outer(row, row) * gain).expand(channels, 1, 4, 4).contiguous()


class Dense(nn.Module):
    """Equalised learning rate (arXiv 1710.10196, section 4.1)."""

    def __init__(self, a, b, bias=0.0, rate=1.0, gain=1.0):
        super().__init__()
        self.weight, self.bias = nn.Parameter(torch.randn(b, a) / rate), nn.Parameter(torch.full((b,), bias))
        self.scale, self.bias_scale = gain * rate / math.sqrt(a), gain * rate

    def forward(self, x):
        return F.linear(x, self.weight * self.scale, self.bias * self.bias_scale)


class Conv(nn.Module):
    def __init__(self, a, b, kernel, gain=1.0, bias=True, stride=1):
        super().__init__()
        self.weight = nn.Parameter(torch.randn(b, a, kernel, kernel))
        self.bias = nn.Parameter(torch.zeros(b)) if bias else None
        self.gain, self.scale = gain, gain / math.sqrt(a * kernel * kernel)
        self.stride, self.padding = stride, kernel // 2 if stride == 1 else 0

    def forward(self, x):
        bias = None if self.bias is None else self.bias * self.gain
        return twice.conv(x, self.weight * self.scale, bias, self.stride, self.padding)


class Mapping(nn.Module):
    def __init__(self):
        super().__init__()
        self.layers = nn.ModuleList([Dense(Z if k == 0 else W, W, rate=0.01, gain=GAIN) for k in range(MAPPING)])

    def forward(self, z):
        x = z * (z.square().mean(1, keepdim=True) + 1e-8).rsqrt()
        for layer in self.layers:
            x = F.leaky_relu(layer(x), 0.2, inplace=True)
        return x


class Synthesis(nn.Module):
    """A layer of section 2.2."""

    def __init__(self, a, b, is_up):
        super().__init__()
        self.is_up = is_up
        self.affine = Dense(W, a, bias=1.0)
        # As a transposed convolution has it, on the way up.
        self.weight = nn.Parameter(torch.randn(*((a, b) if is_up else (b, a)), 3, 3))
        self.strength, self.bias = nn.Parameter(torch.zeros(())), nn.Parameter(torch.zeros(b))
        if is_up:
            self.register_buffer("taps", taps(b, 4))

    def forward(self, x, w):
        style = self.affine(w)
        power = self.weight.square().sum((2, 3))
        demodulation = GAIN * (style.square() @ (power if self.is_up else power.t()) + 1e-8).rsqrt()
        x = x * style[:, :, None, None]
        if self.is_up:
            x = filtered(twice.conv_transpose(x, self.weight, stride=2), self.taps)
        else:
            x = twice.conv(x, self.weight, padding=1)
        noise = torch.randn(x.shape[0], 1, *x.shape[2:])
        x = torch.addcmul((self.bias * GAIN)[:, None, None], x, demodulation[:, :, None, None])
        return activated(x.add_(noise * (self.strength * GAIN)))


class ToRGB(nn.Module):
    def __init__(self, channels):
        super().__init__()
        self.affine = Dense(W, channels, bias=1.0)
        self.scale = 1 / math.sqrt(channels)
        self.weight, self.bias = nn.Parameter(torch.randn(3, channels)), nn.Parameter(torch.zeros(3))

    def forward(self, x, w):
        # With three outputs it is cheaper to modulate the weights.
        weights = self.weight * (self.affine(w) * self.scale)[:, None]
        y = torch.baddbmm(self.bias[:, None], weights, x.flatten(2)).view(x.shape[0], 3, *x.shape[2:])
        return y.clamp(-256, 256) if CLAMPS else y


def sizes(resolution):
    return [r for r in (4, 8, 16, 32, 64) if r <= resolution]


class Generator(nn.Module):
    def __init__(self, resolution, base, most, guide):
        super().__init__()
        width = lambda r: min(base // r, most)
        self.guide, self.sizes = guide, sizes(resolution)
        self.layers = 2 * len(self.sizes)
        self.mapping = Mapping()
        self.const = nn.Parameter(torch.randn(width(4), 4, 4))
        self.up = nn.ModuleList([Synthesis(width(r // 2), width(r), True) for r in self.sizes[1:]])
        self.same = nn.ModuleList([Synthesis(width(r), width(r), False) for r in self.sizes])
        self.rgb = nn.ModuleList([ToRGB(width(r)) for r in self.sizes])
        self.register_buffer("taps", taps(3, 4))
        self.register_buffer("average", torch.zeros(W))

    def styles(self, z):
        """Of each layer, [n, layers, W]: with probability MIXING those from some layer on are a second z's."""
        n = z.shape[0]
        first, second = self.mapping(z), self.mapping(torch.randn_like(z))
        with torch.no_grad():
            self.average.lerp_(first.mean(0), 0.005)
        cut = torch.randint(1, self.layers, (n, 1)).where(torch.rand(n, 1) < MIXING, self.layers)
        return torch.where((torch.arange(self.layers) >= cut)[:, :, None], second[:, None], first[:, None])

    def forward(self, styles):
        """The image, and the map that guides the discriminator."""
        w = styles.unbind(1)
        x = self.const.expand(styles.shape[0], -1, 4, 4).contiguous(memory_format=MEMORY)
        x = self.same[0](x, w[0])
        image = self.rgb[0](x, w[1])
        for k in range(1, len(self.sizes)):
            x = self.same[k](self.up[k - 1](x, w[2 * k - 1]), w[2 * k])
            image = doubled(image, self.taps) + self.rgb[k](x, w[2 * k + 1])
            if self.sizes[k] == self.guide:
                target = x
        return image, target


class Block(nn.Module):
    """Figure 7c; the branches' √½ is in their weights."""

    def __init__(self, a, b):
        super().__init__()
        self.conv0, self.conv1 = Conv(a, a, 3, GAIN), Conv(a, b, 3, 1.0, stride=2)
        self.skip = Conv(a, b, 1, math.sqrt(0.5), bias=False)
        self.register_buffer("taps", taps(a))

    def forward(self, x):
        beside = self.skip(filtered(x, self.taps, stride=2))
        y = filtered(activated(self.conv0(x)), self.taps, padding=2)
        return beside + activated(self.conv1(y), 1.0)


class Decoder(nn.Module):
    """A layer of GGDR's, section 3.2; the convolution works on fewer pixels, before the filter."""

    def __init__(self, a, b):
        super().__init__()
        self.conv, self.bias = Conv(a, b, 1, bias=False), nn.Parameter(torch.zeros(b))
        self.register_buffer("taps", taps(b, 4))

    def forward(self, x):
        return doubled(self.conv(x), self.taps) + self.bias[:, None, None]


class Discriminator(nn.Module):
    """With GGDR's decoder."""

    def __init__(self, resolution, base, most, guide):
        super().__init__()
        width = lambda r: min(base // r, most)
        self.entry = Conv(3, width(resolution), 1, GAIN)
        self.blocks = nn.ModuleList([Block(width(r), width(r // 2)) for r in reversed(sizes(resolution)[1:])])
        self.conv = Conv(width(4) + 1, width(4), 3, GAIN)
        self.dense = Dense(16 * width(4), width(4), gain=GAIN)
        self.out = Dense(width(4), 1)
        # Each layer reads what the one before made, too.
        self.decoder = nn.ModuleList(
            [Decoder(width(r // 2) * (1 if r == 8 else 2), width(r)) for r in sizes(guide)[1:]]
        )

    def forward(self, x, decodes=False):
        """Scores, and what the decoder makes of the discriminator's maps."""
        x = activated(self.entry(x))
        maps = []
        for block in self.blocks:
            x = block(x)
            maps.append(x)
        n, c, h, w = x.shape
        groups = x.view(GROUP, n // GROUP, c, h, w)
        deviation = (groups.var(0, correction=0) + 1e-8).sqrt().mean((1, 2, 3))
        plane = deviation.repeat(GROUP)[:, None, None, None].expand(n, 1, h, w)
        y = activated(self.conv(torch.cat([x, plane], dim=1)))
        scores = self.out(F.leaky_relu(self.dense(y.flatten(1)), 0.2, inplace=True))
        return (scores, self.decoded(maps)) if decodes else scores

    def decoded(self, maps):
        y = None
        for layer, x in zip(self.decoder, reversed(maps)):
            y = layer(x if y is None else torch.cat([y, x], dim=1))
        return y


def lazy_adam(parameters, every):
    """Corrected for phases that are left out (section 3.1)."""
    share = every / (every + 1)
    return torch.optim.Adam(parameters, lr=0.0025 * share, betas=(0.0, 0.99**share), eps=1e-8, fused=True)


def main():
    global MEMORY, CLAMPS
    options, MEMORY = timed_step.parse(CASES, clamp="clamp activations to ±256")
    CLAMPS = options.clamp

    case = dict(CASES[options.case])
    own = case.pop("batch")
    batch, side = options.batch or own, case["resolution"]
    g = Generator(**case).to(memory_format=MEMORY)
    d = Discriminator(**case).to(memory_format=MEMORY)
    average = [p.detach().clone() for p in g.parameters()]
    g_optimizer, d_optimizer = lazy_adam(g.parameters(), PATH_EVERY), lazy_adam(d.parameters(), R1_EVERY)
    real = torch.randn(batch, 3, side, side).contiguous(memory_format=MEMORY)
    gamma = 0.0002 * side * side / batch
    mean_length = torch.zeros(())

    def learn(optimizer, loss):
        optimizer.zero_grad(set_to_none=True)
        loss.backward()
        optimizer.step()

    def generator():
        d.requires_grad_(False)
        image, _ = g(g.styles(torch.randn(batch, Z)))
        learn(g_optimizer, F.softplus(-d(image)).mean())
        d.requires_grad_(True)

    def path_length():
        styles = g.styles(torch.randn(batch // 2, Z))
        image, _ = g(styles)
        slope = twice.slope(image * (torch.randn_like(image) / side), styles)
        lengths = slope.square().sum(2).mean(1).sqrt()
        mean = mean_length.lerp(lengths.mean(), 0.01)
        mean_length.copy_(mean.detach())
        learn(g_optimizer, PATH * PATH_EVERY * (lengths - mean).square().mean())

    def discriminator():
        with torch.no_grad():
            fake, target = g(g.styles(torch.randn(batch, Z)))
        on_real = d(real)
        on_fake, decoded = d(fake, decodes=True)
        guidance = 1 - F.cosine_similarity(decoded, target, dim=1, eps=1e-8).mean()
        learn(d_optimizer, F.softplus(-on_real).mean() + F.softplus(on_fake).mean() + GGDR * guidance)

    def r1():
        reals = real.detach().requires_grad_(True)
        penalty = twice.slope(d(reals), reals).square().sum((1, 2, 3)).mean()
        learn(d_optimizer, gamma / 2 * R1_EVERY * penalty)

    def moving_average():
        with torch.no_grad():
            torch._foreach_lerp_(average, list(g.parameters()), 1 - 0.5 ** (batch / 5000))

    phases = [(generator, 1), (path_length, 1 / PATH_EVERY), (discriminator, 1), (r1, 1 / R1_EVERY), (moving_average, 1)]
    timed_step.measure(phases, batch, options)


main()
