#ifndef GANGLION_CKERNELS_SORT_H
#define GANGLION_CKERNELS_SORT_H
#include <stddef.h>

/// Sorts x in ascending order; `scratch` has room for n as well. −0 comes before 0, what is not a number at either end.
void ck_sort(float *x, float *scratch, size_t n);
/// Σ |a − b|, in double
double ck_sum_absolute_differences(const float *a, const float *b, size_t n);
#endif
