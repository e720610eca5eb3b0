"""Times Inception-v3's forward pass, as FID uses it (arXiv 1512.00567, 1706.08500), in PyTorch: images of 299×299 to
2048 features and 1008 scores, what Tests/InceptionSpeed times of ours.

Three ways: `plain` keeps batch norms as layers of their own, as published evaluations do; `folded` has them in the
weights; `frozen` is `folded` traced, frozen and optimised by TorchScript. Weights are random: speed does not hang on
them.

    python inception_speed.py --threads 1 --batch 8 [--rounds 10] [--way plain|folded|frozen] [--memory channels_last]

prints JSON: median images/s and the spread of the middle half.
"""

import argparse
import json
import statistics
import time
import warnings

import torch
from torch import nn
from torch.nn import functional as F


class Unit(nn.Module):
    def __init__(self, inputs, outputs, kernel, stride=1, padding=0):
        super().__init__()
        self.conv = nn.Conv2d(inputs, outputs, kernel, stride, padding, bias=False)
        self.bn = nn.BatchNorm2d(outputs, eps=1e-3)

    def forward(self, x):
        return F.relu(self.bn(self.conv(x)), inplace=True)


class Folded(nn.Module):
    def __init__(self, unit):
        super().__init__()
        self.conv = torch.nn.utils.fusion.fuse_conv_bn_eval(unit.conv.eval(), unit.bn.eval())

    def forward(self, x):
        return F.relu(self.conv(x), inplace=True)


class Pool(nn.Module):
    def __init__(self, kind, stride=1):
        super().__init__()
        self.kind, self.stride = kind, stride

    def forward(self, x):
        if self.kind == "mean":
            return F.avg_pool2d(x, 3, 1, 1, count_include_pad=False)
        return F.max_pool2d(x, 3, self.stride, 1 if self.stride == 1 else 0)


class Fork(nn.Module):
    def __init__(self, *branches):
        super().__init__()
        self.branches = nn.ModuleList(branches)

    def forward(self, x):
        return torch.cat([branch(x) for branch in self.branches], 1)


def line(inputs, outputs, *kernel):
    return Unit(inputs, outputs, kernel, 1, tuple(k // 2 for k in kernel))


def a(n, pool):
    return Fork(
        Unit(n, 64, 1),
        nn.Sequential(Unit(n, 48, 1), Unit(48, 64, 5, 1, 2)),
        nn.Sequential(Unit(n, 64, 1), Unit(64, 96, 3, 1, 1), Unit(96, 96, 3, 1, 1)),
        nn.Sequential(Pool("mean"), Unit(n, pool, 1)))


def b(n):
    return Fork(
        Unit(n, 384, 3, 2),
        nn.Sequential(Unit(n, 64, 1), Unit(64, 96, 3, 1, 1), Unit(96, 96, 3, 2)),
        Pool("max", 2))


def c(n, m):
    return Fork(
        Unit(n, 192, 1),
        nn.Sequential(Unit(n, m, 1), line(m, m, 1, 7), line(m, 192, 7, 1)),
        nn.Sequential(
            Unit(n, m, 1), line(m, m, 7, 1), line(m, m, 1, 7), line(m, m, 7, 1), line(m, 192, 1, 7)),
        nn.Sequential(Pool("mean"), Unit(n, 192, 1)))


def d(n):
    return Fork(
        nn.Sequential(Unit(n, 192, 1), Unit(192, 320, 3, 2)),
        nn.Sequential(Unit(n, 192, 1), line(192, 192, 1, 7), line(192, 192, 7, 1), Unit(192, 192, 3, 2)),
        Pool("max", 2))


def e(n, pool):
    def cross():
        return Fork(line(384, 384, 1, 3), line(384, 384, 3, 1))

    return Fork(
        Unit(n, 320, 1),
        nn.Sequential(Unit(n, 384, 1), cross()),
        nn.Sequential(Unit(n, 448, 1), Unit(448, 384, 3, 1, 1), cross()),
        nn.Sequential(Pool(pool), Unit(n, 192, 1)))


def network():
    return nn.Sequential(
        Unit(3, 32, 3, 2), Unit(32, 32, 3), Unit(32, 64, 3, 1, 1), Pool("max", 2), Unit(64, 80, 1), Unit(80, 192, 3),
        Pool("max", 2), a(192, 32), a(256, 64), a(288, 64), b(288), c(768, 128), c(768, 160), c(768, 160), c(768, 192),
        d(768), e(1280, "mean"), e(2048, "max"), nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(2048, 1008)).eval()


def fold(module):
    for name, child in module.named_children():
        if isinstance(child, Unit):
            setattr(module, name, Folded(child))
        else:
            fold(child)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--batch", type=int, default=8)
    parser.add_argument("--rounds", type=int, default=10)
    parser.add_argument("--way", choices=["plain", "folded", "frozen"], default="plain")
    parser.add_argument("--memory", choices=["contiguous", "channels_last"], default="contiguous")
    options = parser.parse_args()
    torch.set_num_threads(options.threads)
    torch.manual_seed(0)
    memory = getattr(torch, options.memory + "_format" if options.memory == "contiguous" else options.memory)
    net = network().to(memory_format=memory)
    if options.way != "plain":
        fold(net)
    images = torch.rand(options.batch, 3, 299, 299).mul(2).sub(1).contiguous(memory_format=memory)
    seconds = []
    with torch.inference_mode():
        if options.way == "frozen":
            warnings.simplefilter("ignore")
            net = torch.jit.optimize_for_inference(torch.jit.freeze(torch.jit.trace(net, images)))
        for index in range(options.rounds + 2):
            start = time.perf_counter()
            net(images)
            if index >= 2:
                seconds.append(time.perf_counter() - start)
    speeds = sorted(options.batch / s for s in seconds)
    quarter = len(speeds) // 4
    print(json.dumps({
        "way": options.way, "memory": options.memory, "threads": options.threads, "batch": options.batch,
        "images_per_second": round(statistics.median(speeds), 3),
        "middle_half": [round(speeds[quarter], 3), round(speeds[len(speeds) - 1 - quarter], 3)],
    }))


main()
