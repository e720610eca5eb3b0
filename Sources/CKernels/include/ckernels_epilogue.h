#ifndef GANGLION_CKERNELS_EPILOGUE_H
#define GANGLION_CKERNELS_EPILOGUE_H
#include <stdint.h>

/// Leaky ReLU with gain and clamp: clamp(gain · (x > 0 ? x : slope·x)); slope 1 is linear, clamp < 0 is none.
typedef struct {
    float slope, gain, clamp;
} ck_activation;

/// out = act(y·scale[k] + noise[r]·strength + bias[k]) over `rows` positions of one sample with k channels.
/// `scale`, `noise` and `bias` may each be NULL.
void ck_epilogue(const float *y, const float *scale, const float *noise, float strength, const float *bias,
                 float *out, int64_t rows, int64_t k, ck_activation act);

/// gx = g · act′, told from the activation's output.
void ck_activation_gradient(const float *g, const float *out, float *gx, int64_t n, ck_activation act);

/// The first-order backward of ck_epilogue over `rows` positions of one sample, in one pass:
/// gy = g·act′·scale; adds to g_scale[k] (Σ g·act′·y), g_bias[k] (Σ g·act′) and *g_strength (Σ g·act′·noise).
/// Sums whose pointer is NULL are left out.
void ck_epilogue_gradient(const float *g, const float *out, const float *y, const float *scale, const float *noise,
                          float *gy, float *g_scale, float *g_bias, float *g_strength, int64_t rows, int64_t k,
                          ck_activation act);
#endif
