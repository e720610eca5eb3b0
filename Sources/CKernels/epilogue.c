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

CK_CLONES void ck_epilogue(const float *restrict y, const float *restrict scale, const float *restrict noise,
                           float strength, const float *restrict bias, float *restrict out, int64_t rows, int64_t k,
                           ck_activation act) {
    for (int64_t r = 0; r < rows; r++, y += k, out += k) {
        const float shift = noise ? noise[r] * strength : 0;
        if (scale && bias) for (int64_t i = 0; i < k; i++) out[i] = activate(y[i] * scale[i] + (shift + bias[i]), act);
        else if (bias) for (int64_t i = 0; i < k; i++) out[i] = activate(y[i] + (shift + bias[i]), act);
        else if (scale) for (int64_t i = 0; i < k; i++) out[i] = activate(y[i] * scale[i] + shift, act);
        else for (int64_t i = 0; i < k; i++) out[i] = activate(y[i] + shift, act);
    }
}

CK_CLONES void ck_activation_gradient(const float *restrict g, const float *restrict out, float *restrict gx,
                                      int64_t n, ck_activation act) {
    for (int64_t i = 0; i < n; i++) gx[i] = g[i] * slope_at(out[i], act);
}

CK_CLONES void ck_epilogue_gradient(const float *restrict g, const float *restrict out, const float *restrict y,
                                    const float *restrict scale, const float *restrict noise, float *restrict gy,
                                    float *restrict g_scale, float *restrict g_bias, float *restrict g_strength,
                                    int64_t rows, int64_t k, ck_activation act) {
#pragma clang fp reassociate(on) contract(fast)
    for (int64_t r = 0; r < rows; r++, g += k, out += k, y += k, gy += k) {
        float row_sum = 0;
        if (g_scale && g_bias && scale) {
            for (int64_t i = 0; i < k; i++) {
                float p = g[i] * slope_at(out[i], act);
                g_bias[i] += p;
                g_scale[i] += p * y[i];
                row_sum += p;
                gy[i] = p * scale[i];
            }
        } else {
            for (int64_t i = 0; i < k; i++) {
                float p = g[i] * slope_at(out[i], act);
                if (g_bias) g_bias[i] += p;
                if (g_scale) g_scale[i] += p * y[i];
                row_sum += p;
                gy[i] = scale ? p * scale[i] : p;
            }
        }
        if (g_strength && noise) *g_strength += row_sum * noise[r];
    }
}
