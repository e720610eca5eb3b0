#include "ckernels_modulation.h"

#include "activation.h"

CK_INLINE float inner(float x, float gain, float bias) { return FUSED(x, 1 + gain, bias); }

CK_KERNEL(
    void, ck_modulation,
    (const float *restrict x, const float *restrict gain, const float *restrict bias, ck_activation activation,
     float *restrict y, int64_t count),
    (x, gain, bias, activation, y, count)) {
    for (int64_t i = 0; i < count; i++) y[i] = activate(inner(x[i], gain[i], bias[i]), activation);
}

CK_KERNEL(
    void, ck_modulation_gradient,
    (const float *restrict g, const float *restrict x, const float *restrict gain, const float *restrict bias,
     ck_activation a, float *restrict gx, float *restrict ggain, float *restrict gbias, int64_t count),
    (g, x, gain, bias, a, gx, ggain, gbias, count)) {
    const float positive = a.gain, negative = a.gain * a.slope;
    for (int64_t i = 0; i < count; i++) {
        const float z = inner(x[i], gain[i], bias[i]), slope = z > 0 ? positive : negative, y = slope * z;
        const int is_clamped = a.clamp >= 0 && !(y < a.clamp && y > -a.clamp);
        const float own = is_clamped ? 0 : g[i] * slope;
        if (gx) gx[i] = own * (1 + gain[i]);
        if (ggain) ggain[i] = own * x[i];
        if (gbias) gbias[i] = own;
    }
}
