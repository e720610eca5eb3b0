"""Times a training step of SAGAN (arXiv 1805.08318) in PyTorch, on the networks of `ganglion bench step S32A S128A`.

A step is the discriminator's hinge loss on real and on generated images, then the generator's, each with Adam (β 0, 0.9;
learning rates 4e-4 and 1e-4), then the generator's moving average. Spectral normalisation in both networks takes a step of
power iteration in every forward pass in training, as PyTorch's own does. Generated images of the discriminator's loss are
made without a graph.

    python sagan_step.py S32A --threads 1 --steps 15 [--batch 32] [--memory channels_last|contiguous]

prints JSON: median images/s, the spread of the middle half, peak memory.
"""

import timed_step
import torch
from torch import nn
from torch.nn import functional as F
from torch.nn.utils.parametrizations import spectral_norm

CASES = {
    "S32A": dict(resolution=32, base=2048, most=1024, attention=16, batch=32),
    "S128A": dict(resolution=128, base=4096, most=512, attention=32, batch=8),
}
Z, CLASSES = 128, 10


def conv(a, b, kernel, bias=True):
    return spectral_norm(nn.Conv2d(a, b, kernel, padding=kernel // 2, bias=bias))


class Attention(nn.Module):
    """Section 3, with keys and values pooled as in the authors' code."""

    def __init__(self, channels):
        super().__init__()
        self.theta = conv(channels, channels // 8, 1, bias=False)
        self.phi = conv(channels, channels // 8, 1, bias=False)
        self.g = conv(channels, channels // 2, 1, bias=False)
        self.out = conv(channels // 2, channels, 1, bias=False)
        self.gamma = nn.Parameter(torch.zeros(()))

    def forward(self, x):
        n, c, h, w = x.shape
        queries = self.theta(x).flatten(2).transpose(1, 2)
        keys = F.max_pool2d(self.phi(x), 2).flatten(2)
        values = F.max_pool2d(self.g(x), 2).flatten(2).transpose(1, 2)
        weights = torch.softmax(queries @ keys, dim=-1)
        attended = (weights @ values).transpose(1, 2).reshape(n, c // 2, h, w)
        return x + self.gamma * self.out(attended)


class FusedAttention(Attention):
    """The same through PyTorch's fused attention."""

    def forward(self, x):
        n, c, h, w = x.shape
        queries = self.theta(x).flatten(2).transpose(1, 2)
        keys = F.max_pool2d(self.phi(x), 2).flatten(2).transpose(1, 2)
        values = F.max_pool2d(self.g(x), 2).flatten(2).transpose(1, 2)
        attended = F.scaled_dot_product_attention(queries[:, None], keys[:, None], values[:, None], scale=1.0)
        return x + self.gamma * self.out(attended[:, 0].transpose(1, 2).reshape(n, c // 2, h, w))


class ClassNorm(nn.Module):
    def __init__(self, channels):
        super().__init__()
        self.norm = nn.BatchNorm2d(channels, affine=False)
        self.gain = nn.Embedding(CLASSES, channels)
        self.bias = nn.Embedding(CLASSES, channels)
        nn.init.ones_(self.gain.weight)
        nn.init.zeros_(self.bias.weight)

    def forward(self, x, labels):
        return self.norm(x) * self.gain(labels)[:, :, None, None] + self.bias(labels)[:, :, None, None]


class Up(nn.Module):
    def __init__(self, a, b):
        super().__init__()
        self.norm0, self.norm1 = ClassNorm(a), ClassNorm(b)
        self.conv1, self.conv2, self.skip = conv(a, b, 3), conv(b, b, 3), conv(a, b, 1)

    def forward(self, x, labels):
        y = F.relu(self.norm0(x, labels), inplace=True)
        y = self.conv1(F.interpolate(y, scale_factor=2))
        y = self.conv2(F.relu(self.norm1(y, labels), inplace=True))
        # A 1×1 convolution of repeated pixels is its result with pixels repeated.
        return y + F.interpolate(self.skip(x), scale_factor=2)


class Generator(nn.Module):
    def __init__(self, resolution, base, most, attention, attend):
        super().__init__()
        width = lambda r: min(base // r, most)
        self.dense = spectral_norm(nn.Linear(Z, 16 * width(4)))
        sizes = [r for r in (8, 16, 32, 64, 128, 256) if r <= resolution]
        self.blocks = nn.ModuleList([Up(width(r // 2), width(r)) for r in sizes])
        self.attention = nn.ModuleDict({str(attention): attend(width(attention))})
        self.norm = nn.BatchNorm2d(width(resolution))
        self.last = conv(width(resolution), 3, 3)

    def forward(self, z, labels):
        x = self.dense(z).view(z.shape[0], -1, 4, 4).contiguous(memory_format=MEMORY)
        for block in self.blocks:
            x = block(x, labels)
            if str(x.shape[2]) in self.attention:
                x = self.attention[str(x.shape[2])](x)
        return torch.tanh(self.last(F.relu(self.norm(x), inplace=True)))


class Down(nn.Module):
    def __init__(self, a, b, is_first=False, halves=True):
        super().__init__()
        self.is_first, self.halves = is_first, halves
        self.conv1, self.conv2 = conv(a, b, 3), conv(b, b, 3)
        self.skip = conv(a, b, 1) if halves else None

    def forward(self, x):
        y = self.conv2(F.relu(self.conv1(x if self.is_first else F.relu(x)), inplace=True))
        if not self.halves:
            return x + y
        # A 1×1 convolution of means is the mean of its results.
        return F.avg_pool2d(y, 2) + self.skip(F.avg_pool2d(x, 2))


class Discriminator(nn.Module):
    def __init__(self, resolution, base, most, attention, attend):
        super().__init__()
        width = lambda r: min(base // (2 * r), most)
        sizes = [r for r in (128, 64, 32, 16, 8, 4) if r < resolution]
        self.blocks = nn.ModuleList(
            [Down(3 if r == sizes[0] else width(2 * r), width(r), is_first=r == sizes[0]) for r in sizes]
            + [Down(width(4), width(4), halves=False)]
        )
        self.attention = nn.ModuleDict({str(attention): attend(width(attention))})
        self.dense = spectral_norm(nn.Linear(width(4), 1))
        self.embedding = spectral_norm(nn.Embedding(CLASSES, width(4)))

    def forward(self, x, labels):
        for block in self.blocks:
            x = block(x)
            if str(x.shape[2]) in self.attention:
                x = self.attention[str(x.shape[2])](x)
        sums = F.relu(x).sum((2, 3))
        return self.dense(sums) + (sums * self.embedding(labels)).sum(1, keepdim=True)


def main():
    global MEMORY
    options, MEMORY = timed_step.parse(CASES, fused_attention="scaled_dot_product_attention")

    case = dict(CASES[options.case])
    batch = options.batch or case.pop("batch")
    case.pop("batch", None)
    case["attend"] = FusedAttention if options.fused_attention else Attention
    g = Generator(**case).to(memory_format=MEMORY)
    d = Discriminator(**case).to(memory_format=MEMORY)
    average = [p.detach().clone() for p in g.parameters()]
    g_optimizer = torch.optim.Adam(g.parameters(), lr=1e-4, betas=(0.0, 0.9))
    d_optimizer = torch.optim.Adam(d.parameters(), lr=4e-4, betas=(0.0, 0.9))
    real = torch.randn(batch, 3, case["resolution"], case["resolution"]).contiguous(memory_format=MEMORY)
    real_labels = torch.arange(batch) % CLASSES

    def draw():
        return torch.randn(batch, Z), torch.randint(CLASSES, (batch,))

    def step():
        d.requires_grad_(True)
        z, labels = draw()
        with torch.no_grad():
            fake = g(z, labels)
        loss = F.relu(1 - d(real, real_labels)).mean() + F.relu(1 + d(fake, labels)).mean()
        d_optimizer.zero_grad(set_to_none=True)
        loss.backward()
        d_optimizer.step()

        d.requires_grad_(False)
        z, labels = draw()
        loss = -d(g(z, labels), labels).mean()
        g_optimizer.zero_grad(set_to_none=True)
        loss.backward()
        g_optimizer.step()
        with torch.no_grad():
            torch._foreach_lerp_(average, list(g.parameters()), 0.001)

    timed_step.measure(step, batch, options)


main()
