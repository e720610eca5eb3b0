"""Writes Tests/Golden/fields: small files as Python's netCDF4, h5py and numpy write them, for the tests of the import.

Value (n, c, y, x) of every array is a simple function of its place, so that the tests know what to expect.
"""

import pathlib

import h5py
import netCDF4
import numpy as np

folder = pathlib.Path(__file__).parent.parent / "Golden" / "fields"
folder.mkdir(exist_ok=True)


def values(*shape):
    """100 n + 10 c + y + x / 4 for [n, c, y, x]; without c for three axes."""
    index = np.indices(shape)
    weights = {3: (100, 1, 0.25), 4: (100, 10, 1, 0.25)}[len(shape)]
    return sum(weight * axis for weight, axis in zip(weights, index)).astype(np.float64)


def weather(name, missing, **options):
    with netCDF4.Dataset(folder / name, "w", **options) as file:
        file.Conventions = "CF-1.8"
        for dimension, size in (("time", None), ("lat", 8), ("lon", 12)):
            file.createDimension(dimension, size)
        time = file.createVariable("time", "f8", ("time",))
        latitude = file.createVariable("lat", "f4", ("lat",))
        longitude = file.createVariable("lon", "f4", ("lon",))
        time.units, latitude.units, longitude.units = "days since 2000-01-01", "degrees_north", "degrees_east"
        # Kept in 16 bits: quarters of a degree.
        temperature = file.createVariable("t2m", "i2", ("time", "lat", "lon"), fill_value=-32767, zlib=True)
        temperature.scale_factor, temperature.add_offset = 0.25, 250.0
        temperature.units, temperature.long_name = "K", "2 metre temperature"
        rain = file.createVariable("rain", "f4", ("time", "lat", "lon"))
        rain.missing_value = np.float32(1e20)
        rain.units = "mm"
        field = values(3, 8, 12)
        time[:] = np.arange(3)
        latitude[:], longitude[:] = np.linspace(-70, 70, 8), np.arange(12) * 30
        if missing:
            masked = np.ma.array(field + 250)
            masked[1, 2, 3] = np.ma.masked
            temperature[:] = masked
            field[2, 7, 11] = np.float32(1e20)
        else:
            temperature[:] = field + 250
        rain[:] = field


weather("weather.nc", missing=False)
weather("weather_missing.nc", missing=True)
weather("classic.nc", missing=False, format="NETCDF3_CLASSIC")

with h5py.File(folder / "showers.h5", "w") as file:
    showers = values(6, 16, 12)
    file.create_dataset("showers", data=showers.reshape(6, -1), compression="gzip", chunks=(4, 192))
    file.create_dataset("incident_energies", data=2.0 ** np.arange(6).reshape(6, 1))

np.save(folder / "fortran.npy", np.asfortranarray(values(3, 2, 8, 12).astype(np.float32)))
np.save(folder / "big_endian.npy", values(3, 8, 12).astype(">f8"))
arrays = {"maps": values(3, 8, 12).astype(np.float32), "count": np.arange(3, dtype=np.int64), "half": values(3, 8, 12).astype(np.float16)}
np.savez(folder / "stored.npz", **arrays)
np.savez_compressed(folder / "deflated.npz", **arrays)
