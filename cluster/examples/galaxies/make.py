#!/usr/bin/env python3
"""Draws galaxies with GalSim, whose half-light radius and flux are known.

    make.py OUT.h5 [--count N] [--seed S] [--processes P]        galaxies
    make.py --conditions OUT.txt [--count N] [--seed S]          only numbers to ask a generator for

A galaxy is a disc (exponential profile) and a bulge (de Vaucouleurs) about one centre, sheared alike, blurred by one
point spread function, with a little Gaussian noise, on 32x32 pixels. It is drawn from

    half-light radius    log-uniform over 0.3 ... 1.2 arcsec: of disc and bulge together, before shear (which keeps
                         areas), point spread function and noise
    flux                 log-uniform over 10 ... 100 counts, all of it, also what falls beyond the image's border
    bulge's share        uniform over 0 ... 0.6 of the flux
    bulge's radius       uniform over 0.3 ... 1 of the disc's
    shear                |g| by Rayleigh's distribution of scale 0.15, at most 0.5, in any direction
    centre               uniform over the pixel about the image's centre

Galaxy i depends on the seed and i alone, not on N or P. OUT.h5: images float32 [N, 32, 32] in counts a pixel,
half_light_radius float32 [N] in arcsec, flux float32 [N] in counts, each with its unit in an attribute units. OUT.txt:
a line a galaxy, half-light radius and flux with a comma between, from the same distributions.

Needs Python 3.9 with galsim, h5py and numpy. Ends with 64 for a wrong command line, 69 where a package is missing, 73
where the output cannot be written.
"""

import argparse
import math
import multiprocessing
import os
import sys

SIZE = 32
SCALE = 0.2  # arcsec a pixel
MOFFAT_BETA, PSF_FWHM = 3.0, 0.5  # of the point spread function; arcsec
NOISE = 0.01  # counts, standard deviation in a pixel
RADII = (0.3, 1.2)  # arcsec
FLUXES = (10.0, 100.0)  # counts
BLOCK = 250  # galaxies that a process draws at once


def end(code, message):
    print(f"{os.path.basename(sys.argv[0])}: {message}", file=sys.stderr)
    sys.exit(code)


try:
    import galsim
    import h5py
    import numpy as np
except ImportError as missing:
    end(69, f"{sys.executable} has no {missing.name}; cluster/examples/galaxies/run makes an environment that has all")


def disc_within(r):
    """Share of an exponential disc's flux within r half-light radii."""
    x = 1.6783469900166605 * r
    return 1 - (1 + x) * math.exp(-x)


def bulge_within(r):
    """Share of a de Vaucouleurs profile's flux within r half-light radii: the incomplete gamma function of 8."""
    x = 7.669249442500804 * r**0.25
    return 1 - math.exp(-x) * sum(x**k / math.factorial(k) for k in range(8))


def radius_of_both(share, ratio):
    """Half-light radius of disc and bulge together in units of the disc's, by bisection: the bulge has `share` of the
    flux and `ratio` of the disc's radius."""
    least, most = min(1.0, ratio), max(1.0, ratio)
    for _ in range(60):
        r = (least + most) / 2
        if (1 - share) * disc_within(r) + share * bulge_within(r / ratio) < 0.5:
            least = r
        else:
            most = r
    return (least + most) / 2


def image(radius, flux, share, ratio, g1=0.0, g2=0.0, dx=0.0, dy=0.0):
    """A galaxy without noise, float64 [SIZE, SIZE] in counts a pixel; radius in arcsec, dx and dy in pixels."""
    disc = radius / radius_of_both(share, ratio)
    galaxy = galsim.Exponential(half_light_radius=disc, flux=flux * (1 - share)) + galsim.DeVaucouleurs(
        half_light_radius=disc * ratio, flux=flux * share)
    galaxy = galaxy.shear(g1=g1, g2=g2).shift(dx * SCALE, dy * SCALE)
    seen = galsim.Convolve(galaxy, galsim.Moffat(beta=MOFFAT_BETA, fwhm=PSF_FWHM))
    return seen.drawImage(nx=SIZE, ny=SIZE, scale=SCALE, dtype=np.float64).array


def log_uniform(random, limits):
    return float(math.exp(random.uniform(math.log(limits[0]), math.log(limits[1]))))


def conditions(random):
    """Half-light radius and flux, rounded as the file will hold them."""
    return float(np.float32(log_uniform(random, RADII))), float(np.float32(log_uniform(random, FLUXES)))


def galaxy(seed, number):
    """(image float32, half-light radius, flux) of a galaxy."""
    random = np.random.default_rng([seed, number])
    radius, flux = conditions(random)
    share, ratio = random.uniform(0, 0.6), random.uniform(0.3, 1)
    g, angle = min(random.rayleigh(0.15), 0.5), random.uniform(0, 2 * math.pi)
    dx, dy = random.uniform(-0.5, 0.5, 2)
    pixels = image(radius, flux, share, ratio, g * math.cos(angle), g * math.sin(angle), dx, dy)
    return (pixels + NOISE * random.standard_normal(pixels.shape)).astype(np.float32), radius, flux


def block(arguments):
    seed, first, last = arguments
    images, radii, fluxes = zip(*(galaxy(seed, number) for number in range(first, last)))
    return first, np.stack(images), np.array(radii, np.float32), np.array(fluxes, np.float32)


def write_galaxies(out, count, seed, processes):
    blocks = [(seed, first, min(first + BLOCK, count)) for first in range(0, count, BLOCK)]
    with h5py.File(out, "w") as file, multiprocessing.Pool(processes) as pool:
        file.attrs["seed"], file.attrs["made_with"] = seed, f"GalSim {galsim.__version__}"
        images = file.create_dataset("images", (count, SIZE, SIZE), "<f4", chunks=(min(BLOCK, count), SIZE, SIZE))
        images.attrs["units"], images.attrs["long_name"] = "counts", "counts a pixel"
        images.attrs["pixel_scale"], images.attrs["noise"] = SCALE, NOISE
        images.attrs["psf"] = f"Moffat, beta {MOFFAT_BETA}, full width at half maximum {PSF_FWHM} arcsec"
        radii = file.create_dataset("half_light_radius", (count,), "<f4")
        radii.attrs["units"], radii.attrs["long_name"] = "arcsec", "half-light radius before blurring"
        fluxes = file.create_dataset("flux", (count,), "<f4")
        fluxes.attrs["units"], fluxes.attrs["long_name"] = "counts", "flux of the whole galaxy"
        for first, pixels, r, f in pool.imap(block, blocks):
            last = first + len(r)
            images[first:last], radii[first:last], fluxes[first:last] = pixels, r, f


def write_conditions(out, count, seed):
    with open(out, "w") as file:
        for number in range(count):
            radius, flux = conditions(np.random.default_rng([seed, number]))
            file.write(f"{radius:.6g},{flux:.6g}\n")


class Arguments(argparse.ArgumentParser):
    def error(self, message):
        end(64, f"{message}; --help tells more")


def main():
    parser = Arguments(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("out", metavar="OUT")
    parser.add_argument("--conditions", action="store_true", help="write only half-light radii and fluxes, as text")
    parser.add_argument("--count", type=int, default=20000)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--processes", type=int, default=len(os.sched_getaffinity(0)))
    given = parser.parse_args()
    if not 1 <= given.count <= 10_000_000 or given.seed < 0 or not 1 <= given.processes <= 1024:
        end(64, "--count takes 1 ... 10000000, --seed a number from 0, --processes 1 ... 1024")
    # Under another name until it is complete, so that what has the name is whole.
    draft = f"{given.out}.{os.getpid()}.partial"
    try:
        if given.conditions:
            write_conditions(draft, given.count, given.seed)
        else:
            write_galaxies(draft, given.count, given.seed, given.processes)
        os.replace(draft, given.out)
    except OSError as error:
        end(73, f"{given.out}: cannot be written: {error}")
    finally:
        if os.path.exists(draft):
            os.unlink(draft)
    print(f"{given.out}: {given.count} {'conditions' if given.conditions else 'galaxies'}, seed {given.seed}")


if __name__ == "__main__":
    main()
