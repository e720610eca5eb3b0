#include "ckernels_epilogue.h"

#include "activation.h"
#include "sums.h"

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
        if (scale && bias) EACH out[i] = activate(FUSED(y[i], scale[i], shift + bias[i]), act);
        else if (bias) EACH out[i] = activate(y[i] + (shift + bias[i]), act);
        else if (scale) EACH out[i] = activate(FUSED(y[i], scale[i], shift), act);
        else EACH out[i] = activate(y[i] + shift, act);
    }
}

CK_KERNEL(
    void, ck_activation_gradient,
    (const float *restrict g, const float *restrict out, float *restrict gx, int64_t n, ck_activation act),
    (g, out, gx, n, act)) {
    for (int64_t i = 0; i < n; i++) gx[i] = g[i] * slope_at(out[i], act);
}

CK_INLINE void slopes_at(const ck_v16 *out, ck_activation a, ck_v16 *slope) {
    const ck_v16 positive = (ck_v16){0} + a.gain, negative = (ck_v16){0} + a.gain * a.slope;
    *slope = CHOOSE(*out > 0, positive, negative);
    if (a.clamp >= 0) {
        const ck_v16 magnitude = (ck_v16)((ck_i16)*out & 0x7fffffff);
        *slope = CHOOSE(magnitude < a.clamp, *slope, (ck_v16){0});
    }
}

CK_INLINE void preactivations(const ck_v16 *out, ck_activation a, ck_v16 *x) {
    const float positive = 1 / a.gain, negative = a.slope == 0 ? positive : 1 / (a.gain * a.slope);
    *x = *out * CHOOSE(*out > 0, (ck_v16){0} + positive, (ck_v16){0} + negative);
}

/// The noise's sum over a row has an order of its own: lane by lane over all rows, and lanes at the end.
CK_INLINE void epilogue_gradient(
    int wants_scale, int has_scale, int wants_bias, int has_bias, const float *restrict g, const float *restrict out,
    const ck_epilogue_terms *terms, float *restrict gy, float *restrict g_scale, float *restrict g_bias,
    float *restrict g_strength, int64_t rows, int64_t k) {
    const ck_activation act = terms->activation;
    const float *restrict scale = terms->scale, *restrict bias = terms->bias;
    ck_v16 strength = {0};
    float rest = 0;
    for (int64_t r = 0; r < rows; r++, g += k, out += k, gy += k) {
        const float noise = terms->noise ? terms->noise[r] : 0, shift = noise * terms->strength;
        int64_t i = 0;
        for (; i + 16 <= k; i += 16) {
            const ck_v16 o = LOAD(out + i);
            ck_v16 p, x;
            slopes_at(&o, act, &p);
            p *= LOAD(g + i);
            if (wants_bias) STORE(g_bias + i, LOAD(g_bias + i) + p);
            if (wants_scale) {
                preactivations(&o, act, &x);
                x -= has_bias ? shift + LOAD(bias + i) : (ck_v16){0} + shift;
                STORE(g_scale + i, FUSED(p, x, LOAD(g_scale + i)));
            }
            strength = FUSED(noise, p, strength);
            STORE(gy + i, has_scale ? p * LOAD(scale + i) : p);
        }
        for (; i < k; i++) {
            const float p = g[i] * slope_at(out[i], act);
            if (wants_bias) g_bias[i] += p;
            if (wants_scale) {
                const float x = preactivation(out[i], act) - (has_bias ? shift + bias[i] : shift);
                g_scale[i] = FUSED(p, x, g_scale[i]);
            }
            rest = FUSED(noise, p, rest);
            gy[i] = has_scale ? p * scale[i] : p;
        }
    }
    if (g_strength) *g_strength += lanes(&strength) + rest;
}

CK_KERNEL(
    void, ck_epilogue_gradient,
    (const float *restrict g, const float *restrict out, const ck_epilogue_terms *terms, float *restrict gy,
     float *restrict g_scale, float *restrict g_bias, float *restrict g_strength, int64_t rows, int64_t k),
    (g, out, terms, gy, g_scale, g_bias, g_strength, rows, k)) {
    // The usual cases without a question in the loop.
    const int has_scale = terms->scale != 0, has_bias = terms->bias != 0;
    if (g_scale && g_bias && has_scale && has_bias)
        epilogue_gradient(1, 1, 1, 1, g, out, terms, gy, g_scale, g_bias, g_strength, rows, k);
    else if (g_bias && !g_scale && !has_scale)
        epilogue_gradient(0, 0, 1, 0, g, out, terms, gy, g_scale, g_bias, g_strength, rows, k);
    else
        epilogue_gradient(
            g_scale != 0, has_scale, g_bias != 0, has_bias, g, out, terms, gy, g_scale, g_bias, g_strength, rows, k);
}

CK_INLINE void channel_sums(int vectors, int count, const float *g, float *sums, int64_t rows, int64_t k) {
    ck_v16 sum[4], x;
#pragma clang loop unroll(full)
    for (int v = 0; v < vectors; v++) sum[v] = (ck_v16){0};
    for (int64_t r = 0; r < rows; r++, g += k)
#pragma clang loop unroll(full)
        for (int v = 0; v < vectors; v++) {
            load_channels(&x, g + v * 16, count);
            sum[v] += x;
        }
#pragma clang loop unroll(full)
    for (int v = 0; v < vectors; v++) store_channels(sums + v * 16, &sum[v], count);
}

CK_KERNEL(
    void, ck_channel_sums,
    (const float *g, float *sums, int64_t rows, int64_t k),
    (g, sums, rows, k)) {
    int64_t c = 0;
    for (; c + 64 <= k; c += 64) channel_sums(4, 16, g + c, sums + c, rows, k);
    for (; c + 16 <= k; c += 16) channel_sums(1, 16, g + c, sums + c, rows, k);
    if (c < k) channel_sums(1, (int)(k - c), g + c, sums + c, rows, k);
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
    for (int64_t r = 0; r < rows; r++, g += k, x += k) {
        for (int64_t i = 0; i < k; i++) {
            g_scale[i] = FUSED(g[i], x[i], g_scale[i]);
            g[i] *= scale[i];
        }
    }
}
