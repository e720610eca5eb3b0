#ifndef GANGLION_COPENBLAS_SHIM_H
#define GANGLION_COPENBLAS_SHIM_H
#include <cblas.h>
#include <stdlib.h>

// In no header, but visible in builds for many processors (Debian's): they forget and make the choice of kernels.
extern void gotoblas_dynamic_init(void) __attribute__((weak));
extern void gotoblas_dynamic_quit(void) __attribute__((weak));

static inline int cblas_can_choose(void) { return gotoblas_dynamic_init && gotoblas_dynamic_quit; }

/// From now on products run as on this core. To be called before the first product, not while one runs.
static inline void cblas_choose(const char *core) {
    setenv("OPENBLAS_CORETYPE", core, 1);
    gotoblas_dynamic_quit();
    gotoblas_dynamic_init();
}

// LAPACK, which OpenBLAS holds, has no header in the same package. Lengths of texts follow all other arguments, as Fortran
// passes them.
extern void dsyevd_(const char *vectors, const char *triangle, const blasint *size, double *matrix, const blasint *stride,
                    double *values, double *work, const blasint *workSize, blasint *integers, const blasint *integerSize,
                    blasint *info, size_t vectorsLength, size_t triangleLength);
#endif
