#ifndef GANGLION_CKERNELS_BATCH_NORM_H
#define GANGLION_CKERNELS_BATCH_NORM_H
#include <stdint.h>

#include "ckernels_epilogue.h"

/// y = act((x − mean[c])·scale[c] + bias[c]), k channels
typedef struct {
    const float *mean, *scale, *bias;
    ck_activation activation;
} ck_batch_norm_terms;

/// sums[c] = Σ (x − shift[c]) and sums[k + c] = Σ (x − shift[c])² over `rows` pixels
void ck_batch_norm_moments(const float *x, const float *shift, float *sums, int64_t rows, int64_t k);

void ck_batch_norm(const float *x, const ck_batch_norm_terms *terms, float *y, int64_t rows, int64_t k);

/// sums[c] = Σ g′ and sums[k + c] = Σ g′·(x − mean[c]), where g′ = g·act′
void ck_batch_norm_gradient_sums(
    const float *g, const float *x, const ck_batch_norm_terms *terms, float *sums, int64_t rows, int64_t k);

/// gx = scale[c]·g′ + slope[c]·(x − mean[c]) + offset[c], where g′ = g·act′
void ck_batch_norm_gradient(
    const float *g, const float *x, const ck_batch_norm_terms *terms, const float *slope, const float *offset,
    float *gx, int64_t rows, int64_t k);
#endif
