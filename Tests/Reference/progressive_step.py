"""Times a training step of the progressive GAN (arXiv 1710.10196) at its final stage in PyTorch, on the networks of
`ganglion bench step G32`.

A step is the generator's loss, then the discriminator's: WGAN-GP with the gradient penalty on mixes of real and generated
images and the drift term, each with Adam (β 0, 0.99; learning rate 1e-3), then the generator's moving average. Nothing fades
in: colours are those of the last resolution alone. Generated images of the discriminator's loss are made without a graph.

Pixels that are repeated before a convolution, or averaged behind one, are a convolution of stride two and a 2×2 box, which
is the least arithmetic; convolutions are those of `twice`.

    python progressive_step.py G32 --threads 1 --steps 15 [--batch 16] [--memory channels_last|contiguous]

prints JSON: median images/s, the spread of the middle half, peak memory.
"""

import math

import timed_step
import torch
import twice
from torch import nn
from torch.nn import functional as F

CASES = {
    "G32": dict(resolution=32, base=4096, most=128, batch=16),
}
Z, GROUP = 128, 4
PENALTY, DRIFT = 10.0, 0.001
GAIN = math.sqrt(2)


def activated(x):
    return F.leaky_relu(x, 0.2, inplace=True)


def normalised(x):
    """Of each pixel's features (section 4.2)."""
    return x * (torch.linalg.vector_norm(x, dim=1, keepdim=True).square() / x.shape[1] + 1e-8).rsqrt()


def box(x, taps, padding=0):
    return twice.conv(x, taps, padding=padding, groups=x.shape[1])


class Dense(nn.Module):
    """Equalised learning rate (section 4.1)."""

    def __init__(self, a, b, gain=GAIN):
        super().__init__()
        self.weight, self.bias = nn.Parameter(torch.randn(b, a)), nn.Parameter(torch.zeros(b))
        self.scale = gain / math.sqrt(a)

    def forward(self, x):
        return F.linear(x, self.weight * self.scale, self.bias)


class Conv(nn.Module):
    def __init__(self, a, b, kernel=3, gain=GAIN):
        super().__init__()
        self.weight, self.bias = nn.Parameter(torch.randn(b, a, kernel, kernel)), nn.Parameter(torch.zeros(b))
        self.scale, self.padding = gain / math.sqrt(a * kernel * kernel), kernel // 2

    def forward(self, x):
        return twice.conv(x, self.weight * self.scale, self.bias, padding=self.padding)


class Up(nn.Module):
    """Of pixels repeated 2×2, as a transposed convolution of stride two, whose weights are turned, and a sum of 2×2."""

    def __init__(self, a, b):
        super().__init__()
        self.weight, self.bias = nn.Parameter(torch.randn(a, b, 3, 3)), nn.Parameter(torch.zeros(b))
        self.scale = GAIN / math.sqrt(a * 9)
        self.register_buffer("taps", torch.ones(b, 1, 2, 2))

    def forward(self, x):
        y = twice.conv_transpose(x, self.weight * self.scale, stride=2)
        return box(y, self.taps).add_(self.bias[:, None, None])


class Down(nn.Module):
    """Averaged 2×2, as a mean of 2×2 and a convolution of stride two."""

    def __init__(self, a, b):
        super().__init__()
        self.weight, self.bias = nn.Parameter(torch.randn(b, a, 3, 3)), nn.Parameter(torch.zeros(b))
        self.scale = GAIN / math.sqrt(a * 9)
        self.register_buffer("taps", torch.full((a, 1, 2, 2), 0.25))

    def forward(self, x):
        return twice.conv(box(x, self.taps, padding=1), self.weight * self.scale, self.bias, stride=2)


def sizes(resolution):
    return [r for r in (4, 8, 16, 32, 64) if r <= resolution]


class Generator(nn.Module):
    def __init__(self, resolution, base, most):
        super().__init__()
        width = lambda r: min(base // r, most)
        # A bias belongs to a channel, not to a pixel of it.
        self.weight, self.bias = nn.Parameter(torch.randn(16 * width(4), Z)), nn.Parameter(torch.zeros(width(4)))
        self.scale = GAIN / 4 / math.sqrt(Z)
        layers = [Conv(width(4), width(4))]
        for r in sizes(resolution)[1:]:
            layers += [Up(width(r // 2), width(r)), Conv(width(r), width(r))]
        self.layers = nn.ModuleList(layers)
        self.rgb = Conv(width(resolution), 3, 1, gain=1)

    def forward(self, z):
        x = F.linear(normalised(z), self.weight * self.scale).view(z.shape[0], -1, 4, 4)
        x = (x + self.bias[:, None, None]).contiguous(memory_format=MEMORY)
        x = normalised(activated(x))
        for layer in self.layers:
            x = normalised(activated(layer(x)))
        return self.rgb(x)


class Discriminator(nn.Module):
    def __init__(self, resolution, base, most):
        super().__init__()
        width = lambda r: min(base // r, most)
        layers = [Conv(3, width(resolution), 1)]
        for r in reversed(sizes(resolution)[1:]):
            layers += [Conv(width(r), width(r)), Down(width(r), width(r // 2))]
        self.layers = nn.ModuleList(layers)
        self.conv = Conv(width(4) + 1, width(4))
        self.dense, self.out = Dense(16 * width(4), width(2)), Dense(width(2), 1, gain=1)

    def forward(self, x):
        for layer in self.layers:
            x = activated(layer(x))
        n, c, h, w = x.shape
        groups = x.view(GROUP, n // GROUP, c, h, w)
        deviation = (groups.var(0, correction=0) + 1e-8).sqrt().mean((1, 2, 3))
        plane = deviation.repeat(GROUP)[:, None, None, None].expand(n, 1, h, w)
        x = activated(self.conv(torch.cat([x, plane], dim=1)))
        return self.out(activated(self.dense(x.flatten(1))))


def main():
    global MEMORY
    options, MEMORY = timed_step.parse(CASES)

    case = dict(CASES[options.case])
    own = case.pop("batch")
    batch, side = options.batch or own, case["resolution"]
    g = Generator(**case).to(memory_format=MEMORY)
    d = Discriminator(**case).to(memory_format=MEMORY)
    average = [p.detach().clone() for p in g.parameters()]
    g_optimizer = torch.optim.Adam(g.parameters(), lr=1e-3, betas=(0.0, 0.99), fused=True)
    d_optimizer = torch.optim.Adam(d.parameters(), lr=1e-3, betas=(0.0, 0.99), fused=True)
    real = torch.randn(batch, 3, side, side).contiguous(memory_format=MEMORY)

    def step():
        d.requires_grad_(False)
        loss = -d(g(torch.randn(batch, Z))).mean()
        g_optimizer.zero_grad(set_to_none=True)
        loss.backward()
        g_optimizer.step()

        d.requires_grad_(True)
        with torch.no_grad():
            fake = g(torch.randn(batch, Z))
        mixes = torch.lerp(real, fake, torch.rand(batch, 1, 1, 1)).requires_grad_(True)
        norms = twice.slope(d(mixes), mixes).square().sum((1, 2, 3)).sqrt()
        on_real = d(real)
        loss = (d(fake) - on_real + DRIFT * on_real.square()).mean() + PENALTY * (norms - 1).square().mean()
        d_optimizer.zero_grad(set_to_none=True)
        loss.backward()
        d_optimizer.step()
        with torch.no_grad():
            torch._foreach_lerp_(average, list(g.parameters()), 0.001)

    timed_step.measure(step, batch, options)


main()
