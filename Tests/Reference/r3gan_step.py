"""Times a training step of R3GAN (arXiv 2501.05441) in PyTorch, on the networks of `ganglion bench step N32 N32-SMALL`.

A step is the discriminator's relativistic loss of pairs with R1 and R2 at these images, then the generator's on images of its
own, each with Adam (β 0, 0.9), then the generator's moving average. Without augmentation, float32 throughout, as the authors'
code has it but for its half precision. Generated images of the discriminator's loss are made without a graph.

    python r3gan_step.py N32 --threads 1 --steps 15 [--batch 8] [--memory channels_last|contiguous]

prints JSON: median images/s, the spread of the middle half, peak memory.
"""

import math

import timed_step
import torch
from torch import nn
from torch.nn import functional as F

CASES = {
    "N32": dict(resolution=32, base=24576, most=256, blocks=2, classes=10, batch=8),
    "N32-SMALL": dict(resolution=32, base=2048, most=128, blocks=1, classes=0, batch=32),
}
Z, EMBEDDING, EXPANSION, GROUP = 64, 64, 2, 16


def conv(a, b, kernel=1, groups=1, gain=1.0):
    layer = nn.Conv2d(a, b, kernel, padding=kernel // 2, groups=groups, bias=False)
    nn.init.normal_(layer.weight, 0, gain / math.sqrt(layer.weight[0].numel()))
    return layer


def dense(a, b, gain=1.0):
    layer = nn.Linear(a, b, bias=False)
    nn.init.normal_(layer.weight, 0, gain / math.sqrt(a))
    return layer


class Block(nn.Module):
    """Section 3.3, figure 4."""

    def __init__(self, width, gain):
        super().__init__()
        inner = EXPANSION * width
        self.conv1, self.conv2 = conv(width, inner, gain=gain), conv(inner, inner, 3, inner // GROUP, gain)
        self.conv3 = conv(inner, width, gain=0)
        # The authors add biases in their activation: here the convolutions do, which is faster.
        self.conv1.bias, self.conv2.bias = nn.Parameter(torch.zeros(inner)), nn.Parameter(torch.zeros(inner))

    def forward(self, x):
        y = F.leaky_relu(self.conv1(x), 0.2)
        return x + self.conv3(F.leaky_relu(self.conv2(y), 0.2))


def taps(channels, gain):
    row = torch.tensor([1.0, 3.0, 3.0, 1.0]) / 8
    return (torch.outer(row, row) * gain).expand(channels, 1, 4, 4).contiguous()


class Up(nn.Module):
    """Twice as large with the filter [1, 3, 3, 1]: transposed, the same without zeros in between."""

    def __init__(self, channels):
        super().__init__()
        self.register_buffer("taps", taps(channels, 4))

    def forward(self, x):
        return F.conv_transpose2d(x, self.taps, stride=2, padding=1, groups=x.shape[1])


class Down(nn.Module):
    def __init__(self, channels):
        super().__init__()
        self.register_buffer("taps", taps(channels, 1))

    def forward(self, x):
        return F.conv2d(x, self.taps, stride=2, padding=1, groups=x.shape[1])


def sizes(resolution):
    return [r for r in (4, 8, 16, 32, 64, 128, 256) if r <= resolution]


class Generator(nn.Module):
    def __init__(self, resolution, base, most, blocks, classes):
        super().__init__()
        width = lambda r: min(base // r, most)
        gain = math.sqrt(2 / 1.04) * (blocks * len(sizes(resolution))) ** -0.25
        self.embedding = dense(classes, EMBEDDING) if classes else None
        self.basis = nn.Parameter(torch.randn(width(4), 4, 4))
        self.dense = dense(Z + (EMBEDDING if classes else 0), width(4))
        layers = []
        for r in sizes(resolution):
            if r > 4:
                layers += [conv(width(r // 2), width(r))] if width(r // 2) != width(r) else []
                layers.append(Up(width(r)))
            layers += [Block(width(r), gain) for _ in range(blocks)]
        self.layers = nn.Sequential(*layers, conv(width(resolution), 3))

    def forward(self, z, labels):
        if self.embedding:
            z = torch.cat([z, self.embedding(labels)], dim=1)
        x = self.basis[None] * self.dense(z)[:, :, None, None]
        return self.layers(x.contiguous(memory_format=MEMORY))


class Discriminator(nn.Module):
    def __init__(self, resolution, base, most, blocks, classes):
        super().__init__()
        width = lambda r: min(base // r, most)
        gain = math.sqrt(2 / 1.04) * (blocks * len(sizes(resolution))) ** -0.25
        layers = [conv(3, width(resolution))]
        for r in reversed(sizes(resolution)):
            layers += [Block(width(r), gain) for _ in range(blocks)]
            if r > 4:
                layers.append(Down(width(r)))
                layers += [conv(width(r), width(r // 2))] if width(r // 2) != width(r) else []
        self.layers = nn.Sequential(*layers)
        self.basis = nn.Parameter(torch.randn(width(4), 4, 4) / 4)
        self.dense = dense(width(4), width(4) if classes else 1)
        self.embedding = dense(classes, width(4), gain=width(4) ** -0.5) if classes else None

    def forward(self, x, labels):
        x = self.dense((self.layers(x) * self.basis).sum((2, 3)))
        return (x * self.embedding(labels)).sum(1) if self.embedding else x.flatten()


def main():
    global MEMORY
    options, MEMORY = timed_step.parse(CASES)

    case = dict(CASES[options.case])
    own = case.pop("batch")
    batch, classes = options.batch or own, case["classes"]
    g = Generator(**case).to(memory_format=MEMORY)
    d = Discriminator(**case).to(memory_format=MEMORY)
    average = [p.detach().clone() for p in g.parameters()]
    g_optimizer = torch.optim.Adam(g.parameters(), lr=2e-4, betas=(0.0, 0.9))
    d_optimizer = torch.optim.Adam(d.parameters(), lr=2e-4, betas=(0.0, 0.9))
    real = torch.randn(batch, 3, case["resolution"], case["resolution"]).contiguous(memory_format=MEMORY)
    labels = F.one_hot(torch.arange(batch) % classes, classes).float() if classes else None

    def slope(scores, images):
        return torch.autograd.grad(scores.sum(), images, create_graph=True)[0].square().sum((1, 2, 3))

    def step():
        d.requires_grad_(True)
        with torch.no_grad():
            fake = g(torch.randn(batch, Z), labels)
        reals, fakes = real.detach().requires_grad_(True), fake.detach().requires_grad_(True)
        on_real, on_fake = d(reals, labels), d(fakes, labels)
        penalty = slope(on_real, reals) + slope(on_fake, fakes)
        loss = (F.softplus(on_fake - on_real) + 0.025 * penalty).mean()
        d_optimizer.zero_grad(set_to_none=True)
        loss.backward()
        d_optimizer.step()

        d.requires_grad_(False)
        with torch.no_grad():
            on_real = d(real, labels)
        loss = F.softplus(on_real - d(g(torch.randn(batch, Z), labels), labels)).mean()
        g_optimizer.zero_grad(set_to_none=True)
        loss.backward()
        g_optimizer.step()
        with torch.no_grad():
            torch._foreach_lerp_(average, list(g.parameters()), 0.001)

    timed_step.measure(step, batch, options)


main()
