#ifndef GANGLION_CKERNELS_OPTIMIZER_H
#define GANGLION_CKERNELS_OPTIMIZER_H
#include <stddef.h>

/// Adam with the gradient scaled and cleaned first (NaN → 0, ±∞ → ±1e5, as StyleGAN2 does).
typedef struct {
    float gradient_scale;
    float step_size;       // learning rate / (1 − β1^t)
    float beta1, beta2;
    float correction;      // 1 / √(1 − β2^t)
    float epsilon;
} ck_adam;

/// Returns whether all parameters and moments are finite afterwards.
int ck_adam_step(float *p, const float *g, float *m, float *v, size_t n, ck_adam s);
/// What ck_adam_step would return; changes nothing.
int ck_adam_would_be_finite(const float *p, const float *g, const float *m, const float *v, size_t n, ck_adam s);
/// average = p + decay·(average − p); returns whether all of it is finite afterwards.
int ck_moving_average(float *average, const float *p, size_t n, float decay);
#endif
