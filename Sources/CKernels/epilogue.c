#include "ckernels_epilogue.h"

#include "clones.h"

CK_INLINE float activate(float x, ck_activation a) {
    float v = (x > 0 ? x : a.slope * x) * a.gain;
    if (a.clamp >= 0) {
        v = v < -a.clamp ? -a.clamp : v;
        v = v > a.clamp ? a.clamp : v;
    }
    return v;
}

// The gain is positive, so the output's sign is the input's.
CK_INLINE float slope_at(float out, ck_activation a) {
    float s = out > 0 ? a.gain : a.gain * a.slope;
    if (a.clamp >= 0) s = __builtin_fabsf(out) < a.clamp ? s : 0;
    return s;
}

// What the activation was applied to.
CK_INLINE float preactivation(float out, ck_activation a) {
    return out * (out > 0 || a.slope == 0 ? 1 / a.gain : 1 / (a.gain * a.slope));
}

// Output and input may be the same, but never overlap otherwise.
#define EACH _Pragma("clang loop vectorize(assume_safety)") for (int64_t i = 0; i < k; i++)

CK_KERNEL(
    void, ck_epilogue,
    (const float *y, const ck_epilogue_terms *terms, float *out, int64_t rows, int64_t k),
    (y, terms, out, rows, k)) {
    const ck_activation act = terms->activation;
    const float *scale = terms->scale, *bias = terms->bias;
    for (int64_t r = 0; r < rows; r++, y += k, out += k) {
        const float shift = terms->noise ? terms->noise[r] * terms->strength : 0;
        if (scale && bias) EACH out[i] = activate(y[i] * scale[i] + (shift + bias[i]), act);
        else if (bias) EACH out[i] = activate(y[i] + (shift + bias[i]), act);
        else if (scale) EACH out[i] = activate(y[i] * scale[i] + shift, act);
        else EACH out[i] = activate(y[i] + shift, act);
    }
}

CK_KERNEL(
    void, ck_activation_gradient,
    (const float *restrict g, const float *restrict out, float *restrict gx, int64_t n, ck_activation act),
    (g, out, gx, n, act)) {
    for (int64_t i = 0; i < n; i++) gx[i] = g[i] * slope_at(out[i], act);
}

CK_KERNEL(
    void, ck_epilogue_gradient,
    (const float *restrict g, const float *restrict out, const ck_epilogue_terms *terms, float *restrict gy,
     float *restrict g_scale, float *restrict g_bias, float *restrict g_strength, int64_t rows, int64_t k),
    (g, out, terms, gy, g_scale, g_bias, g_strength, rows, k)) {
#pragma clang fp reassociate(on) contract(fast)
    const ck_activation act = terms->activation;
    const float *restrict scale = terms->scale, *restrict bias = terms->bias;
    for (int64_t r = 0; r < rows; r++, g += k, out += k, gy += k) {
        const float noise = terms->noise ? terms->noise[r] : 0, shift = noise * terms->strength;
        float row_sum = 0;
        if (g_scale && g_bias && scale && bias) {
            for (int64_t i = 0; i < k; i++) {
                float p = g[i] * slope_at(out[i], act);
                g_bias[i] += p;
                g_scale[i] += p * (preactivation(out[i], act) - (shift + bias[i]));
                row_sum += p;
                gy[i] = p * scale[i];
            }
        } else if (g_bias && !g_scale && !scale) {
            for (int64_t i = 0; i < k; i++) {
                float p = g[i] * slope_at(out[i], act);
                g_bias[i] += p;
                row_sum += p;
                gy[i] = p;
            }
        } else {
            for (int64_t i = 0; i < k; i++) {
                float p = g[i] * slope_at(out[i], act);
                if (g_bias) g_bias[i] += p;
                if (g_scale) g_scale[i] += p * (preactivation(out[i], act) - (bias ? shift + bias[i] : shift));
                row_sum += p;
                gy[i] = scale ? p * scale[i] : p;
            }
        }
        if (g_strength) *g_strength += row_sum * noise;
    }
}

CK_KERNEL(
    void, ck_epilogue_inverse,
    (const float *restrict out, const ck_epilogue_terms *terms, float *restrict y, int64_t rows, int64_t k),
    (out, terms, y, rows, k)) {
    const float *restrict bias = terms->bias, *restrict scale = terms->scale;
    const ck_activation act = terms->activation;
    for (int64_t r = 0; r < rows; r++, out += k, y += k) {
        const float shift = terms->noise ? terms->noise[r] * terms->strength : 0;
        if (bias) for (int64_t i = 0; i < k; i++) y[i] = preactivation(out[i], act) - (shift + bias[i]);
        else for (int64_t i = 0; i < k; i++) y[i] = preactivation(out[i], act) - shift;
        if (scale) for (int64_t i = 0; i < k; i++) y[i] /= scale[i];
    }
}

CK_KERNEL(
    void, ck_scale_gradient,
    (float *restrict g, const float *restrict x, const float *restrict scale, float *restrict g_scale, int64_t
     rows, int64_t k),
    (g, x, scale, g_scale, rows, k)) {
#pragma clang fp reassociate(on) contract(fast)
    for (int64_t r = 0; r < rows; r++, g += k, x += k) {
        for (int64_t i = 0; i < k; i++) {
            g_scale[i] += g[i] * x[i];
            g[i] *= scale[i];
        }
    }
}
