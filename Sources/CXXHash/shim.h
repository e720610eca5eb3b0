#ifndef GANGLION_CXXHASH_SHIM_H
#define GANGLION_CXXHASH_SHIM_H
#include <xxhash.h>
#endif
