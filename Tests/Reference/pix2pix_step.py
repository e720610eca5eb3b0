"""Times a training step of Pix2Pix (arXiv 1611.07004) in PyTorch, on the networks of `ganglion bench step U128 U256`.

A step is the discriminator's binary cross-entropy on real and on generated pairs, then the generator's with the distance L1
times 100, on the same pairs, each with Adam (β 0.5, 0.999; learning rate 2e-4). The fake of a step is made once and judged
twice, as in the authors' code; dropout is on.

    python pix2pix_step.py U128 --threads 1 --steps 15 [--batch 8] [--memory channels_last|contiguous]

prints JSON: median images/s, the spread of the middle half, peak memory.
"""

import timed_step
import torch
from torch import nn
from torch.nn import functional as F

CASES = {
    "U128": dict(resolution=128, downs=7, width=32, batch=8),
    "U256": dict(resolution=256, downs=8, width=64, batch=1),
}
L1 = 100.0


class Level(nn.Module):
    """A level of the U-Net, with all that lie in it."""

    def __init__(self, level, downs, width):
        super().__init__()
        at = lambda k: width << min(k, 3)
        self.is_outermost, self.is_innermost = level == 0, level == downs - 1
        outside, inside = (3 if level == 0 else at(level - 1)), at(level)
        # What a batch normalisation takes the mean of needs no bias.
        self.down = nn.Conv2d(outside, inside, 4, 2, 1, bias=False)
        self.down_norm = None if self.is_outermost or self.is_innermost else nn.BatchNorm2d(inside)
        self.inner = None if self.is_innermost else Level(level + 1, downs, width)
        self.up = nn.ConvTranspose2d(
            inside if self.is_innermost else 2 * inside, outside, 4, 2, 1, bias=self.is_outermost
        )
        self.up_norm = None if self.is_outermost else nn.BatchNorm2d(outside)
        self.dropout = nn.Dropout(0.5) if not self.is_innermost and level >= 4 else None

    def forward(self, x):
        y = self.down(x if self.is_outermost else F.leaky_relu(x, 0.2))
        if self.down_norm is not None:
            y = self.down_norm(y)
        if self.inner is not None:
            y = torch.cat([y, self.inner(y)], dim=1)
        y = self.up(F.relu(y))
        if self.is_outermost:
            return torch.tanh(y)
        y = self.up_norm(y)
        return y if self.dropout is None else self.dropout(y)


def patch_discriminator(width, layers=3):
    parts = [nn.Conv2d(6, width, 4, 2, 1), nn.LeakyReLU(0.2, True)]
    for layer in range(1, layers + 1):
        a, b = width << min(layer - 1, 3), width << min(layer, 3)
        stride = 2 if layer < layers else 1
        parts += [nn.Conv2d(a, b, 4, stride, 1, bias=False), nn.BatchNorm2d(b), nn.LeakyReLU(0.2, True)]
    return nn.Sequential(*parts, nn.Conv2d(width << min(layers, 3), 1, 4, 1, 1))


def start(module):
    if isinstance(module, (nn.Conv2d, nn.ConvTranspose2d)):
        nn.init.normal_(module.weight, 0, 0.02)
        if module.bias is not None:
            nn.init.zeros_(module.bias)
    elif isinstance(module, nn.BatchNorm2d):
        nn.init.normal_(module.weight, 1, 0.02)


def main():
    options, memory = timed_step.parse(CASES)

    case = CASES[options.case]
    batch, side = options.batch or case["batch"], case["resolution"]
    g = Level(0, case["downs"], case["width"]).apply(start).to(memory_format=memory)
    d = patch_discriminator(case["width"]).apply(start).to(memory_format=memory)
    g_optimizer = torch.optim.Adam(g.parameters(), lr=2e-4, betas=(0.5, 0.999))
    d_optimizer = torch.optim.Adam(d.parameters(), lr=2e-4, betas=(0.5, 0.999))
    a = torch.randn(batch, 3, side, side).clamp(-1, 1).contiguous(memory_format=memory)
    b = torch.randn(batch, 3, side, side).clamp(-1, 1).contiguous(memory_format=memory)

    def judged(image, is_real):
        scores = d(torch.cat([a, image], dim=1))
        return F.binary_cross_entropy_with_logits(scores, torch.full_like(scores, 1.0 if is_real else 0.0))

    def step():
        fake = g(a)
        d.requires_grad_(True)
        loss = (judged(fake.detach(), False) + judged(b, True)) / 2
        d_optimizer.zero_grad(set_to_none=True)
        loss.backward()
        d_optimizer.step()

        d.requires_grad_(False)
        loss = judged(fake, True) + L1 * F.l1_loss(fake, b)
        g_optimizer.zero_grad(set_to_none=True)
        loss.backward()
        g_optimizer.step()

    timed_step.measure(step, batch, options)


main()
