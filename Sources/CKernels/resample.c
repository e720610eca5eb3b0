#include "ckernels_resample.h"

#include "clones.h"

// The filter [1, 3, 3, 1]/8 meets, after zero insertion, two pixels a side: ¼ and ¾ with the gain of 2 per axis.
CK_KERNEL(
    void, ck_upsample_rows,
    (const float *restrict x, float *restrict y, int64_t h, int64_t w, int64_t c, int64_t first, int64_t last,
     float gain),
    (x, y, h, w, c, first, last, gain)) {
    for (int64_t j = first; j < last; j++) {
        const int64_t near = j >> 1, far = (j & 1) ? near + 1 : near - 1;
        const float fv = (far >= 0 && far < h) ? 0.25f * gain : 0, nv = 0.75f * gain;
        const float *rn = x + near * w * c, *rf = fv == 0 ? rn : x + far * w * c;
        float *o = y + j * 2 * w * c;
        for (int64_t q = 0; q < w; q++, o += 2 * c) {
            const float *n0 = rn + q * c, *f0 = rf + q * c;
            const int64_t left = q > 0 ? -c : 0, right = q + 1 < w ? c : 0;
            const float lv = q > 0 ? 0.25f : 0, rv = q + 1 < w ? 0.25f : 0;
            for (int64_t i = 0; i < c; i++) {
                const float m = FUSED(nv, n0[i], fv * f0[i]);
                const float l = FUSED(nv, n0[i + left], fv * f0[i + left]);
                const float r = FUSED(nv, n0[i + right], fv * f0[i + right]);
                o[i] = FUSED(0.75f, m, lv * l);
                o[c + i] = FUSED(0.75f, m, rv * r);
            }
        }
    }
}

CK_KERNEL(
    void, ck_downsample_rows,
    (const float *restrict x, float *restrict y, int64_t h, int64_t w, int64_t c, int64_t first, int64_t last,
     float gain),
    (x, y, h, w, c, first, last, gain)) {
    const int64_t ow = w / 2;
    for (int64_t j = first; j < last; j++) {
        // Rows 2j - 1 ..< 2j + 3; outside the image, one inside counts for nothing.
        const int above = j > 0, below = 2 * j + 2 < h;
        const float *r1 = x + 2 * j * w * c, *r2 = r1 + w * c;
        const float *r0 = above ? r1 - w * c : r1, *r3 = below ? r2 + w * c : r2;
        const float inner = 0.375f * gain, v0 = above ? 0.125f * gain : 0, v3 = below ? 0.125f * gain : 0;
        for (int64_t q = 0; q < ow; q++) {
            float *o = y + (j * ow + q) * c;
            const int64_t p = 2 * q * c, left = q > 0 ? p - c : p, right = q + 1 < ow ? p + 2 * c : p;
            const float lv = q > 0 ? 0.125f : 0, rv = q + 1 < ow ? 0.125f : 0;
#define ACROSS(r) FUSED(0.375f, r[p + i] + r[p + c + i], FUSED(lv, r[left + i], rv * r[right + i]))
#pragma clang loop vectorize_width(16)
            for (int64_t i = 0; i < c; i++)
                o[i] = FUSED(inner, ACROSS(r1) + ACROSS(r2), FUSED(v0, ACROSS(r0), v3 * ACROSS(r3)));
#undef ACROSS
        }
    }
}

CK_KERNEL(
    void, ck_nearest_upsample_rows,
    (const float *restrict x, float *restrict y, int64_t w, int64_t c, int64_t first, int64_t last, float gain),
    (x, y, w, c, first, last, gain)) {
    for (int64_t j = first; j < last; j++) {
        const float *r = x + (j >> 1) * w * c;
        float *o = y + j * 2 * w * c;
        for (int64_t q = 0; q < w; q++, r += c, o += 2 * c)
            for (int64_t i = 0; i < c; i++) o[i] = o[c + i] = gain * r[i];
    }
}

CK_KERNEL(
    void, ck_nearest_upsample_add_rows,
    (const float *restrict x, const float *restrict y, float *restrict out, int64_t w, int64_t c, int64_t first,
     int64_t last),
    (x, y, out, w, c, first, last)) {
    for (int64_t j = first; j < last; j++) {
        const float *r = x + (j >> 1) * w * c, *s = y + j * 2 * w * c;
        float *o = out + j * 2 * w * c;
        for (int64_t q = 0; q < w; q++, r += c, s += 2 * c, o += 2 * c)
            for (int64_t i = 0; i < c; i++) {
                o[i] = r[i] + s[i];
                o[c + i] = r[i] + s[c + i];
            }
    }
}

CK_KERNEL(
    void, ck_box_downsample_rows,
    (const float *restrict x, float *restrict y, int64_t w, int64_t c, int64_t first, int64_t last, float gain),
    (x, y, w, c, first, last, gain)) {
    const float quarter = 0.25f * gain;
    for (int64_t j = first; j < last; j++) {
        const float *r0 = x + 2 * j * w * c, *r1 = r0 + w * c;
        float *o = y + j * (w / 2) * c;
        for (int64_t q = 0; q < w / 2; q++, r0 += 2 * c, r1 += 2 * c, o += c)
            for (int64_t i = 0; i < c; i++) o[i] = quarter * ((r0[i] + r0[c + i]) + (r1[i] + r1[c + i]));
    }
}
