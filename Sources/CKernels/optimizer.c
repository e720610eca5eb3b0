#include "ckernels_optimizer.h"

#include "clones.h"

// What changes replicas must give the same bits on every processor: each product and each sum is rounded by itself.
// Fused where a processor can, they would differ from those where it cannot.

CK_KERNEL(
    void, ck_adam_step,
    (float *restrict p, const float *restrict gradient, float *restrict m, float *restrict v, size_t n, ck_adam
     s),
    (p, gradient, m, v, n, s)) {
#pragma clang fp contract(off) reassociate(off)
    for (size_t i = 0; i < n; i++) {
        float g = gradient[i] * s.gradient_scale;
        g = g != g ? 0.0f : g;
        g = g > 3.4028235e38f ? 1e5f : g;
        g = g < -3.4028235e38f ? -1e5f : g;
        float mi = s.beta1 * m[i] + (1 - s.beta1) * g;
        float vi = s.beta2 * v[i] + (1 - s.beta2) * (g * g);
        m[i] = mi;
        v[i] = vi;
        p[i] -= s.step_size * mi / (__builtin_sqrtf(vi) * s.correction + s.epsilon);
    }
}

CK_KERNEL(
    void, ck_moving_average,
    (float *restrict average, const float *restrict p, size_t n, float decay),
    (average, p, n, decay)) {
#pragma clang fp contract(off) reassociate(off)
    for (size_t i = 0; i < n; i++) average[i] = p[i] + decay * (average[i] - p[i]);
}
