#ifndef GANGLION_CKERNELS_MODULATION_H
#define GANGLION_CKERNELS_MODULATION_H
#include <stdint.h>

#include "ckernels_epilogue.h"

/// y = act(x·(1 + gain) + bias), element by element.
void ck_modulation(
    const float *x, const float *gain, const float *bias, ck_activation activation, float *y, int64_t count);
/// With g′ = g·act′: gx = g′·(1 + gain), ggain = g′·x, gbias = g′; those that are NULL are left out.
void ck_modulation_gradient(
    const float *g, const float *x, const float *gain, const float *bias, ck_activation activation, float *gx,
    float *ggain, float *gbias, int64_t count);
#endif
