#ifndef GANGLION_CHDF5_SHIM_H
#define GANGLION_CHDF5_SHIM_H
#include <hdf5.h>
// HDF5's identifiers are macros that call H5open(): each becomes a function.
static inline hid_t ch5_native_float(void) { return H5T_NATIVE_FLOAT; }
static inline hid_t ch5_default(void) { return H5P_DEFAULT; }
#endif
