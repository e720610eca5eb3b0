#ifndef GANGLION_CKERNELS_EPILOGUE_H
#define GANGLION_CKERNELS_EPILOGUE_H
#include <stdint.h>

/// Leaky ReLU with gain and clamp: clamp(gain · (x > 0 ? x : slope·x)); slope 1 is linear, clamp < 0 is none.
typedef struct {
    float slope, gain, clamp;
} ck_activation;

/// What follows a convolution, for one sample: act(y·scale[k] + noise[r]·strength + bias[k]) at position r and channel
/// k. `scale`, `noise` and `bias` may each be NULL.
typedef struct {
    const float *scale, *noise, *bias;
    float strength;
    ck_activation activation;
} ck_epilogue_terms;

/// The terms over `rows` positions of one sample with k channels; `out` may be `y`.
void ck_epilogue(const float *y, const ck_epilogue_terms *terms, float *out, int64_t rows, int64_t k);

/// gx = g · act′, told from the activation's output.
void ck_activation_gradient(const float *g, const float *out, float *gx, int64_t n, ck_activation act);

/// The first-order backward of ck_epilogue over `rows` positions of one sample, in one pass:
/// gy = g·act′·scale; adds to g_scale[k] (Σ g·act′·y·scale), g_bias[k] (Σ g·act′) and *g_strength (Σ g·act′·noise).
/// Sums whose pointer is NULL are left out. What y was is told from the output: where that cannot be done, because the
/// clamp was hit or the slope is zero, act′ is zero too.
void ck_epilogue_gradient(const float *g, const float *out, const ck_epilogue_terms *terms, float *gy, float *g_scale,
                          float *g_bias, float *g_strength, int64_t rows, int64_t k);

/// sums[k] = Σ g over `rows` positions, one after another.
void ck_channel_sums(const float *g, float *sums, int64_t rows, int64_t k);

/// The backward of x·scale[k] over `rows` positions: adds Σ g·x to g_scale[k], then g = g·scale.
void ck_scale_gradient(float *g, const float *x, const float *scale, float *g_scale, int64_t rows, int64_t k);

/// y, told from the output of ck_epilogue; a scale must not be zero.
void ck_epilogue_inverse(const float *out, const ck_epilogue_terms *terms, float *y, int64_t rows, int64_t k);
#endif
