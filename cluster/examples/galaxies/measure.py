#!/usr/bin/env python3
"""Measures galaxies, real and generated, and compares half-light radius and flux with what was asked for.

    measure.py REAL.h5 [GENERATED.h5] --out OUT.png

REAL.h5 is a file of make.py, whose figures are the ceiling: what this measurement finds of what is known. GENERATED.h5
is one of `ganglion sample`: samples float32 [N, 32, 32, 1] in counts, conditions float32 [N, 2], half-light radius
(arcsec) and flux (counts), in the order that its attribute names tells, if it has one. Prints a table and draws
OUT.png: galaxies above, real ones of the nearest condition and generated ones; below what was measured over what was
asked for.

Each image by itself: the centre is the mean of positions under a Gaussian window (3 pixels wide), iterated. The growth
curve sums the pixels within circles about it; one across a circle's edge counts in part. The radius that holds half of
the sum within 4 such radii (6 to 14 pixels) is the half-light radius as it is seen. What blurring adds to it, and what
flux lies farther out, is taken from galaxies without noise that make.py draws for known radii, on average over bulges,
shears and positions. No figure is fitted to the images that are measured, nor to what was asked for.

Sky is 0 in these images; what a generator leaves there counts as flux. So everything is also measured with the sky
subtracted, the mean of pixels farther than 14.5 from the image's centre, as one would on a telescope's images; large
galaxies reach that far, which costs some precision. Columns, all of natural logarithms:

    correlation   of measured and asked for
    slope         of measured over asked for: 1 where the condition is followed, 0 where it is ignored
    bias          median of measured over asked for, less 1
    scatter       half of the width that holds the middle 68 % of measured over asked for

An image with no positive flux, or that is narrower than a point or wider than the field, has no radius; it is counted.

Needs Python 3.9 with galsim, h5py, numpy and matplotlib. Ends with 64 for a wrong command line, 65 where a file is not
what it should be, 66 where it is missing, 69 where a package is, 73 where OUT.png cannot be written.
"""

import argparse
import os
import sys

sys.dont_write_bytecode = True  # Nothing is left beside the sources.
import make
from make import SCALE, SIZE, end

try:
    import h5py
    import matplotlib
    import numpy as np

    matplotlib.use("Agg")
    from matplotlib import pyplot, ticker
except ImportError as missing:
    end(69, f"{sys.executable} has no {missing.name}; cluster/examples/galaxies/run makes an environment that has all")

BLOCK = 1000  # images measured at once
RINGS = np.arange(0.25, 14.01, 0.25)  # radii of the growth curve, pixels
WINDOW = 3.0  # deviation of the window that finds the centre, pixels
Y, X = np.mgrid[:SIZE, :SIZE].reshape(2, -1) - (SIZE - 1) / 2
SKY = np.hypot(X, Y) > 14.5
CONDITIONS = ("half_light_radius", "flux")


def sky(images):
    """Mean of the pixels in the corners of each image."""
    return images.reshape(len(images), -1)[:, SKY].mean(1, dtype=np.float64)


def as_seen(images):
    """Half-light radius (pixels) and flux within the aperture of each image, as blurred and cut off as it is; NaN where
    there is none."""
    pixels = images.reshape(len(images), -1).astype(np.float64)
    x, y = np.zeros((len(pixels), 1)), np.zeros((len(pixels), 1))
    for _ in range(12):
        window = pixels * np.exp(-((X - x) ** 2 + (Y - y) ** 2) / (2 * WINDOW**2))
        total = window.sum(1, keepdims=True)
        x, y = (c + 2 * (window * (axis - c)).sum(1, keepdims=True) / total for c, axis in ((x, X), (y, Y)))
        # Without flux the centre may run away; such an image has none.
        lost = ~(np.abs(x) < SIZE / 2) | ~(np.abs(y) < SIZE / 2) | ~(total > 0)
        x, y = np.where(lost, np.nan, x), np.where(lost, np.nan, y)
    distance = np.hypot(X - x, Y - y)

    def within(radius):
        return (pixels * np.clip(radius - distance + 0.5, 0, 1)).sum(1)

    growth = np.stack([within(ring) for ring in RINGS], 1)

    def half(flux):
        # Between the first ring that holds half of the flux and the one before.
        ring = np.clip((growth >= flux[:, None] / 2).argmax(1), 1, None)
        inner, outer = (growth[np.arange(len(growth)), r] for r in (ring - 1, ring))
        radius = RINGS[ring] - (outer - flux / 2) / (outer - inner) * (RINGS[1] - RINGS[0])
        return np.where((flux > 0) & (inner < flux / 2) & (outer >= flux / 2), radius, np.nan)

    flux = growth[:, -1]
    radius = half(flux)
    for _ in range(3):
        flux = within(np.clip(4 * radius, 6, RINGS[-1])[:, None])
        radius = half(flux)
    return radius, flux


def without_sky(images):
    return images - sky(images)[:, None, None]


class Calibration:
    """What a galaxy's half-light radius and flux are as seen, from galaxies of known ones without noise."""

    radii = np.geomspace(0.05, 3, 40)  # arcsec
    looks = [
        dict(share=share, ratio=0.65, g1=g, dx=shift, dy=shift / 2)
        for share in (0.0, 0.3, 0.6) for g in (0.0, 0.2, 0.35) for shift in (0.0, 0.4)
    ]

    @classmethod
    def galaxies(cls):
        return np.stack([make.image(radius, 1.0, **look) for radius in cls.radii for look in cls.looks])

    def __init__(self, galaxies):
        seen, share = (np.log(a).reshape(len(self.radii), -1).mean(1) for a in as_seen(galaxies))
        # As far as one that is seen larger is larger. With the sky subtracted the largest lose of their edges, too.
        rising = len(seen) if (np.diff(seen) > 0).all() else int((np.diff(seen) <= 0).argmax()) + 1
        self.log_radii, self.seen, self.share = np.log(self.radii[:rising]), seen[:rising], share[:rising]
        if not (np.isfinite(share).all() and self.log_radii[0] < np.log(make.RADII[0])
                and self.log_radii[-1] > np.log(make.RADII[1])):
            end(70, "the calibration does not tell apart the radii that galaxies have")

    def measured(self, images):
        """Half-light radius (arcsec) and flux (counts) of each image, NaN where there is no radius or it is out of
        range."""
        radius, flux = as_seen(images)
        log = np.log(radius)
        log = np.where((log >= self.seen[0]) & (log <= self.seen[-1]), log, np.nan)
        true_radius = np.exp(np.interp(log, self.seen, self.log_radii))
        return np.stack((true_radius, flux / np.exp(np.interp(log, self.seen, self.share))), 1)


class Galaxies:
    """Images of a file and what was asked for, and what is measured of them."""

    def __init__(self, path, name, image_key, condition_keys):
        self.path, self.name = path, name
        if not os.path.exists(path):
            end(66, f"{path}: no such file")
        try:
            with h5py.File(path, "r") as file:
                for key in (image_key, *condition_keys):
                    if not isinstance(file.get(key), h5py.Dataset):
                        end(65, f"{path}: no array '{key}', found {', '.join(sorted(file)) or 'nothing'}")
                self.images = file[image_key][...]
                asked = [file[key][...] for key in condition_keys]
                # `ganglion sample` tells the order.
                names = [str(name) for name in file[condition_keys[-1]].attrs.get("names", ())]
        except OSError as error:
            end(65, f"{path}: no HDF5 file, or it is damaged: {error}")
        count, shapes = len(self.images), [list(a.shape) for a in asked]
        if self.images.shape not in ((count, SIZE, SIZE), (count, SIZE, SIZE, 1)) or count < 3:
            found = list(self.images.shape)
            end(65, f"{path}: {image_key} has shape {found}, expected [N, {SIZE}, {SIZE}], N at least 3")
        if shapes not in ([[count, 2]], [[count], [count]]):
            end(65, f"{path}: {', '.join(condition_keys)} of shape {shapes}, expected 2 numbers for {count} images")
        if names and sorted(names) != sorted(CONDITIONS):
            end(65, f"{path}: conditions {', '.join(names)}, expected {', '.join(CONDITIONS)}")
        self.images = self.images.reshape(count, SIZE, SIZE)
        order = [names.index(name) for name in CONDITIONS] if names else [0, 1]
        self.asked = np.column_stack(asked).astype(np.float64)[:, order]
        if not np.isfinite(self.images).all() or not (np.isfinite(self.asked).all() and (self.asked > 0).all()):
            end(65, f"{path}: numbers that are not finite, or conditions that are not positive")

    def measure(self, calibration, cleared):
        """With the sky as it is, and subtracted."""
        self.sky = sky(self.images)
        blocks = [self.images[first : first + BLOCK] for first in range(0, len(self.images), BLOCK)]
        self.measured = np.concatenate([calibration.measured(block) for block in blocks])
        self.cleared = np.concatenate([cleared.measured(without_sky(block)) for block in blocks])


class Comparison:
    """Of measured values with those asked for."""

    def __init__(self, measured, asked):
        there = np.isfinite(measured) & (measured > 0)
        if there.sum() < 3:
            self.correlation = self.slope = self.bias = self.scatter = float("nan")
            return
        measured, asked = np.log(measured[there]), np.log(asked[there])
        low, median, high = np.percentile(measured - asked, (16, 50, 84))
        self.bias, self.scatter = np.exp(median) - 1, (high - low) / 2
        # Where all were asked for one value there is nothing to follow.
        varied = asked.std() > 0 and measured.std() > 0
        self.correlation = np.corrcoef(measured, asked)[0, 1] if varied else float("nan")
        self.slope = np.polyfit(asked, measured, 1)[0] if asked.std() > 0 else float("nan")


QUANTITIES = (("half-light radius", "arcsec", (0.3, 0.6, 1.2)), ("flux", "counts", (10, 30, 100)))  # ticks


def table(sets):
    yield f"{'':32}" + "".join(f"{f'{s.name} ({len(s.images)})':>36}" for s in sets)
    yield f"{'':32}" + "".join(f"{'correlation':>13}{'slope':>7}{'bias':>8}{'scatter':>8}" for _ in sets)
    for measured, remark in (("measured", ""), ("cleared", ", sky subtracted")):
        for k, (quantity, _, _) in enumerate(QUANTITIES):
            row = f"{quantity + remark:32}"
            for s in sets:
                c = Comparison(getattr(s, measured)[:, k], s.asked[:, k])
                row += f"{c.correlation:13.4f}{c.slope:7.3f}{100 * c.bias:+7.1f}%{100 * c.scatter:7.1f}%"
            yield row
        yield f"{'no radius found' + remark:32}" + "".join(
            f"{np.isnan(getattr(s, measured)[:, 0]).sum():36}" for s in sets)
    yield f"{'sky, counts a pixel (deviation)':32}" + "".join(
        f"{f'{np.median(s.sky):+.5f} ({s.sky.std():.5f})':>36}" for s in sets)


def strip(sets):
    """Rows of galaxies, one for each set: from small to large, and of each real one the nearest to a generated one's
    condition."""
    last = sets[-1]
    order = np.argsort(last.asked[:, 0])
    chosen = order[np.linspace(0, len(order) - 1, min(12, len(order))).astype(int)]
    wanted = np.log(last.asked[chosen])
    rows = []
    for s in sets[:-1]:
        nearest = [((np.log(s.asked) - want) ** 2).sum(1).argmin() for want in wanted]
        rows.append(np.hstack(s.images[nearest]))
    return np.vstack([*rows, np.hstack(last.images[chosen])])


def draw(out, sets):
    width, strips = 3.4 * 2 * len(sets), 0.9 * len(sets)
    figure = pyplot.figure(figsize=(width, strips + 3.8), layout="constrained")
    above, below = figure.subfigures(2, 1, height_ratios=(strips, 3.8))
    axes = above.subplots()
    axes.imshow(np.arcsinh(strip(sets) / (5 * make.NOISE)), cmap="inferno", vmin=-0.5, vmax=5)
    axes.set_xticks([])
    axes.set_yticks([(row + 0.5) * SIZE for row in range(len(sets))], [s.name for s in sets])
    for (k, s), axes in zip(
        ((k, s) for k in range(len(QUANTITIES)) for s in sets), below.subplots(1, 2 * len(sets), squeeze=False)[0]
    ):
        quantity, unit, ticks = QUANTITIES[k]
        every = np.concatenate([s.asked[:, k] for s in sets])
        limits = every.min() / 1.5, every.max() * 1.5
        c = Comparison(s.measured[:, k], s.asked[:, k])
        axes.plot(limits, limits, color="0.6", linewidth=1)
        # As many points in each, so that the plots look alike where the sets do.
        shown = slice(min(len(other.asked) for other in sets))
        axes.plot(s.asked[shown, k], s.measured[shown, k], ".", markersize=2, alpha=0.5)
        axes.set(xscale="log", yscale="log", xlim=limits, ylim=limits, aspect="equal")
        axes.set(xlabel=f"{quantity} asked for, {unit}", ylabel="measured")
        axes.set_title(f"{s.name}: correlation {c.correlation:.3f}, scatter {100 * c.scatter:.0f} %", fontsize=9)
        for axis in (axes.xaxis, axes.yaxis):
            axis.set_minor_locator(ticker.NullLocator())
            axis.set_major_locator(ticker.FixedLocator(ticks))
            axis.set_major_formatter(ticker.FormatStrFormatter("%g"))
    figure.savefig(out, dpi=100, format="png", metadata={"Software": None})


def main():
    parser = make.Arguments(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("real", metavar="REAL.h5")
    parser.add_argument("generated", metavar="GENERATED.h5", nargs="?")
    parser.add_argument("--out", metavar="OUT.png", required=True)
    given = parser.parse_args()
    sets = [Galaxies(given.real, "real", "images", CONDITIONS)]
    if given.generated:
        sets.append(Galaxies(given.generated, "generated", "samples", ("conditions",)))
    galaxies = Calibration.galaxies()
    calibration, cleared = Calibration(galaxies), Calibration(without_sky(galaxies))
    # Images without flux give NaN, and are counted.
    with np.errstate(invalid="ignore", divide="ignore", over="ignore"):
        for s in sets:
            s.measure(calibration, cleared)
    print("\n".join(table(sets)))
    try:
        draw(given.out, sets)
    except OSError as error:
        end(73, f"{given.out}: cannot be written: {error}")


if __name__ == "__main__":
    main()
