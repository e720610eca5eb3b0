#ifndef GANGLION_CZLIB_SHIM_H
#define GANGLION_CZLIB_SHIM_H
#include <zlib.h>
#endif
