#include "clones.h"
#include "ckernels_reduce.h"

CK_CLONES void ck_accumulate(float *restrict y, const float *restrict x, size_t n) {
    for (size_t i = 0; i < n; i++) y[i] += x[i];
}
