#ifndef GANGLION_COPENBLAS_SHIM_H
#define GANGLION_COPENBLAS_SHIM_H
#include <cblas.h>
#endif
