"""Times a training step of OASIS (arXiv 2012.04781) in PyTorch, on the networks of `ganglion bench step O64 O128`.

A step is the generator's loss (the balanced cross-entropy of what the discriminator calls its images), then the
discriminator's: fakes made anew without a graph, real and fake cross-entropy, LabelMix with λ 10, three passes through it;
each with Adam (β 0, 0.999; learning rates 1e-4 and 4e-4), then the moving average of the generator's parameters and buffers.
Spectral normalisation takes a step of power iteration in every forward pass in training, as the authors' does. There is no
perceptual loss.

    python oasis_step.py O64 --threads 1 --steps 15 [--batch 8] [--memory channels_last|contiguous]

prints JSON: median images/s, the spread of the middle half, peak memory.
"""

import timed_step
import torch
from torch import nn
from torch.nn import functional as F
from torch.nn.utils.parametrizations import spectral_norm

CASES = {
    "O64": dict(resolution=64, width=32, batch=8),
    "O128": dict(resolution=128, width=32, batch=4),
}
Z, CLASSES, HIDDEN, BLOCKS = 64, 7, 128, 6
LABEL_MIX = 10.0


def conv(a, b, kernel, bias=True, normed=True):
    layer = nn.Conv2d(a, b, kernel, padding=kernel // 2, bias=bias)
    return spectral_norm(layer) if normed else layer


class Spade(nn.Module):
    """arXiv 1903.07291, section 3.1."""

    def __init__(self, channels):
        super().__init__()
        self.norm = nn.BatchNorm2d(channels, affine=False)
        self.shared = conv(Z + CLASSES, HIDDEN, 3, normed=False)
        self.gamma = conv(HIDDEN, channels, 3, normed=False)
        self.beta = conv(HIDDEN, channels, 3, normed=False)

    def forward(self, x, condition):
        hidden = F.relu(self.shared(condition), inplace=True)
        return self.norm(x) * (1 + self.gamma(hidden)) + self.beta(hidden)


class GeneratorBlock(nn.Module):
    def __init__(self, a, b):
        super().__init__()
        middle = min(a, b)
        self.norm0, self.conv0 = Spade(a), conv(a, middle, 3)
        self.norm1, self.conv1 = Spade(middle), conv(middle, b, 3)
        self.norm_skip, self.skip = (Spade(a), conv(a, b, 1, bias=False)) if a != b else (None, None)

    def forward(self, x, condition):
        beside = x if self.skip is None else self.skip(self.norm_skip(x, condition))
        y = self.conv0(F.leaky_relu(self.norm0(x, condition), 0.2, inplace=True))
        return beside + self.conv1(F.leaky_relu(self.norm1(y, condition), 0.2, inplace=True))


class Generator(nn.Module):
    def __init__(self, resolution, width):
        super().__init__()
        channels = [width << min(4, BLOCKS - block) for block in range(BLOCKS + 1)]
        self.entry = conv(Z + CLASSES, channels[0], 3, normed=False)
        self.blocks = nn.ModuleList([GeneratorBlock(a, b) for a, b in zip(channels, channels[1:])])
        self.last = conv(channels[-1], 3, 3, normed=False)

    def forward(self, z, labels):
        n, _, h, w = labels.shape
        whole = torch.cat([z.view(n, Z, 1, 1).expand(n, Z, h, w), labels], dim=1).contiguous(memory_format=MEMORY)
        conditions = [F.interpolate(whole, size=(h >> k, w >> k)) for k in range(BLOCKS - 1, 0, -1)] + [whole]
        x = self.entry(conditions[0])
        for place, block in enumerate(self.blocks):
            x = block(x if place == 0 else F.interpolate(x, scale_factor=2), conditions[place])
        return torch.tanh(self.last(F.leaky_relu(x, 0.2)))


class DiscriminatorBlock(nn.Module):
    def __init__(self, a, b, place):
        super().__init__()
        self.place = place
        self.conv1, self.conv2 = conv(a, b, 3), conv(b, b, 3)
        self.skip = conv(a, b, 1) if a != b or place == "first" else None

    def forward(self, x):
        # A 1×1 convolution of repeated pixels, or of means, is its result with pixels repeated, or its mean.
        beside = lambda x: x if self.skip is None else self.skip(x)
        y = x if self.place == "first" else F.leaky_relu(x, 0.2)
        if self.place == "up":
            y = self.conv1(F.interpolate(y, scale_factor=2))
            y = self.conv2(F.leaky_relu(y, 0.2, inplace=True))
            return y + F.interpolate(beside(x), scale_factor=2)
        y = self.conv2(F.leaky_relu(self.conv1(y), 0.2, inplace=True))
        return F.avg_pool2d(y, 2) + beside(F.avg_pool2d(x, 2))


class Discriminator(nn.Module):
    def __init__(self, resolution, width):
        super().__init__()
        down = [width << min(block // 2 + 1, 3) for block in range(BLOCKS)]
        up = [down[BLOCKS - 2 - block] for block in range(BLOCKS - 1)] + [width]
        self.down = nn.ModuleList(
            [
                DiscriminatorBlock(3 if k == 0 else down[k - 1], down[k], "first" if k == 0 else "down")
                for k in range(BLOCKS)
            ]
        )
        self.up = nn.ModuleList(
            [
                DiscriminatorBlock(down[-1] if k == 0 else up[k - 1] + down[BLOCKS - 1 - k], up[k], "up")
                for k in range(BLOCKS)
            ]
        )
        self.last = conv(up[-1], CLASSES + 1, 1, normed=False)

    def forward(self, x):
        kept = []
        for block in self.down:
            x = block(x)
            kept.append(x)
        for place, block in enumerate(self.up):
            x = block(x if place == 0 else torch.cat([kept[BLOCKS - 1 - place], x], dim=1))
        return self.last(x)


def real_loss(scores, labels, target):
    """Cross-entropy with the pixels' true classes, which are balanced over the batch; channel 0 is what is not real."""
    pixels = labels.sum((0, 2, 3))
    present = (pixels > 0).sum()
    weights = torch.where(pixels > 0, target.numel() / (present * pixels.clamp(min=1)), torch.zeros_like(pixels))
    return (F.cross_entropy(scores, target + 1, reduction="none") * weights[target]).mean()


def fake_loss(scores):
    return F.cross_entropy(scores, torch.zeros_like(scores[:, 0], dtype=torch.long))


def main():
    global MEMORY
    options, MEMORY = timed_step.parse(CASES)

    case = dict(CASES[options.case])
    batch = options.batch or case["batch"]
    side = case["resolution"]
    del case["batch"]
    g = Generator(**case).to(memory_format=MEMORY)
    d = Discriminator(**case).to(memory_format=MEMORY)

    def tracked():
        return list(g.parameters()) + [b for b in g.buffers() if b.is_floating_point()]

    average = [p.detach().clone() for p in tracked()]
    g_optimizer = torch.optim.Adam(g.parameters(), lr=1e-4, betas=(0.0, 0.999))
    d_optimizer = torch.optim.Adam(d.parameters(), lr=4e-4, betas=(0.0, 0.999))
    real = torch.randn(batch, 3, side, side).contiguous(memory_format=MEMORY)
    # Classes in areas, as those of shapes are.
    target = torch.randint(CLASSES, (batch, 1, side // 8, side // 8)).float()
    target = F.interpolate(target, scale_factor=8)[:, 0].long()
    labels = F.one_hot(target, CLASSES).permute(0, 3, 1, 2).float().contiguous(memory_format=MEMORY)

    def step():
        d.requires_grad_(False)
        loss = real_loss(d(g(torch.randn(batch, Z), labels)), labels, target)
        g_optimizer.zero_grad(set_to_none=True)
        loss.backward()
        g_optimizer.step()

        d.requires_grad_(True)
        with torch.no_grad():
            fake = g(torch.randn(batch, Z), labels)
        scores_fake, scores_real = d(fake), d(real)
        bits = torch.randint(2, (CLASSES,))
        mask = bits[target][:, None].float()
        mixed = d(mask * real + (1 - mask) * fake)
        mix = F.mse_loss(mask * scores_real + (1 - mask) * scores_fake, mixed)
        loss = fake_loss(scores_fake) + real_loss(scores_real, labels, target) + LABEL_MIX * mix
        d_optimizer.zero_grad(set_to_none=True)
        loss.backward()
        d_optimizer.step()
        with torch.no_grad():
            torch._foreach_lerp_(average, tracked(), 0.0001)

    timed_step.measure(step, batch, options)


main()
