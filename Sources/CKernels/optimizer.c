#include "ckernels_optimizer.h"

#include <stdint.h>

#include "clones.h"

// What changes replicas must give the same bits on every processor: each product and each sum is rounded by itself.
// Fused where a processor can, they would differ from those where it cannot.

// Whether x is ∞ or no number: then all bits of its exponent are set. Integers, since a compiler may be told to take
// every float for finite, and since their sums may be taken in any order.
CK_INLINE uint32_t ck_is_not_finite(float x) {
    uint32_t bits;
    __builtin_memcpy(&bits, &x, sizeof bits);
    return (bits & 0x7f800000u) == 0x7f800000u;
}

typedef struct {
    float p, m, v;
} ck_adam_state;

CK_INLINE ck_adam_state ck_adam_element(float p, float gradient, float m, float v, ck_adam s) {
#pragma clang fp contract(off) reassociate(off)
    float g = gradient * s.gradient_scale;
    g = g != g ? 0.0f : g;
    g = g > 3.4028235e38f ? 1e5f : g;
    g = g < -3.4028235e38f ? -1e5f : g;
    ck_adam_state next;
    next.m = s.beta1 * m + (1 - s.beta1) * g;
    next.v = s.beta2 * v + (1 - s.beta2) * (g * g);
    next.p = p - s.step_size * next.m / (__builtin_sqrtf(next.v) * s.correction + s.epsilon);
    return next;
}

// A first moment that is not finite makes its parameter so; a second moment that is ∞ does not.
CK_INLINE uint32_t ck_adam_is_not_finite(ck_adam_state x) { return ck_is_not_finite(x.p) | ck_is_not_finite(x.v); }

CK_KERNEL(
    int, ck_adam_step,
    (float *restrict p, const float *restrict gradient, float *restrict m, float *restrict v, size_t n, ck_adam
     s),
    (p, gradient, m, v, n, s)) {
    uint32_t bad = 0;
    for (size_t i = 0; i < n; i++) {
        const ck_adam_state next = ck_adam_element(p[i], gradient[i], m[i], v[i], s);
        m[i] = next.m;
        v[i] = next.v;
        p[i] = next.p;
        bad |= ck_adam_is_not_finite(next);
    }
    return bad == 0;
}

CK_KERNEL(
    int, ck_adam_would_be_finite,
    (const float *p, const float *gradient, const float *m, const float *v, size_t n, ck_adam s),
    (p, gradient, m, v, n, s)) {
    uint32_t bad = 0;
    for (size_t i = 0; i < n; i++) bad |= ck_adam_is_not_finite(ck_adam_element(p[i], gradient[i], m[i], v[i], s));
    return bad == 0;
}

CK_KERNEL(
    int, ck_moving_average,
    (float *restrict average, const float *restrict p, size_t n, float decay),
    (average, p, n, decay)) {
#pragma clang fp contract(off) reassociate(off)
    uint32_t bad = 0;
    for (size_t i = 0; i < n; i++) {
        const float next = p[i] + decay * (average[i] - p[i]);
        average[i] = next;
        bad |= ck_is_not_finite(next);
    }
    return bad == 0;
}
