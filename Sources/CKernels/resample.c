#include "ckernels_resample.h"

#include "ckernels_padding.h"
#include "clones.h"

// The filter [1, 3, 3, 1]/8 meets, after zero insertion, two pixels a side: ¼ and ¾ with the gain of 2 per axis.
// With `folds`, what was mirrored at the larger image's border on the way down comes back: its second pixel and its last
// but one have the share of the pixel beyond, a quarter of the nearest one's, as well.
CK_INLINE void upsample(
    int folds, const float *restrict x, float *restrict y, int64_t h, int64_t w, int64_t c, int64_t first, int64_t last,
    float gain, int padding) {
    for (int64_t j = first; j < last; j++) {
        const int64_t near = j >> 1, far = ck_place(padding, (j & 1) ? near + 1 : near - 1, h, 1);
        const float fv = far >= 0 ? 0.25f * gain : 0, nv = (folds && (j == 1 || j == 2 * h - 2) ? 1 : 0.75f) * gain;
        const float *rn = x + near * w * c, *rf = fv == 0 ? rn : x + far * w * c;
        float *o = y + j * 2 * w * c;
        for (int64_t q = 0; q < w; q++, o += 2 * c) {
            const float *n0 = rn + q * c, *f0 = rf + q * c;
            const int64_t l0 = ck_place(padding, q - 1, w, 1), r0 = ck_place(padding, q + 1, w, 1);
            const int64_t left = l0 < 0 ? 0 : (l0 - q) * c, right = r0 < 0 ? 0 : (r0 - q) * c;
            const float lv = l0 < 0 ? 0 : 0.25f, rv = r0 < 0 ? 0 : 0.25f;
            const float even = folds && q == w - 1 ? 1 : 0.75f, odd = folds && q == 0 ? 1 : 0.75f;
            for (int64_t i = 0; i < c; i++) {
                const float m = FUSED(nv, n0[i], fv * f0[i]);
                const float l = FUSED(nv, n0[i + left], fv * f0[i + left]);
                const float r = FUSED(nv, n0[i + right], fv * f0[i + right]);
                o[i] = FUSED(even, m, lv * l);
                o[c + i] = FUSED(odd, m, rv * r);
            }
        }
    }
}

CK_KERNEL(
    void, ck_upsample_rows,
    (const float *x, float *y, int64_t h, int64_t w, int64_t c, int64_t first, int64_t last, float gain, int padding),
    (x, y, h, w, c, first, last, gain, padding)) {
    if (padding) upsample(0, x, y, h, w, c, first, last, gain, padding);
    else upsample(0, x, y, h, w, c, first, last, gain, CK_ZERO);
}

CK_KERNEL(
    void, ck_downsample_reflected_adjoint_rows,
    (const float *x, float *y, int64_t h, int64_t w, int64_t c, int64_t first, int64_t last, float gain),
    (x, y, h, w, c, first, last, gain)) {
    upsample(1, x, y, h, w, c, first, last, gain, CK_ZERO);
}

CK_INLINE void downsample(
    const float *restrict x, float *restrict y, int64_t h, int64_t w, int64_t c, int64_t first, int64_t last,
    float gain, int padding) {
    const int64_t ow = w / 2;
    for (int64_t j = first; j < last; j++) {
        // Rows 2j - 1 ..< 2j + 3; where there is nothing outside the image, one inside counts for nothing.
        const int64_t above = ck_place(padding, 2 * j - 1, h, 1), below = ck_place(padding, 2 * j + 2, h, 1);
        const float *r1 = x + 2 * j * w * c, *r2 = r1 + w * c;
        const float *r0 = above < 0 ? r1 : x + above * w * c, *r3 = below < 0 ? r2 : x + below * w * c;
        const float inner = 0.375f * gain, v0 = above < 0 ? 0 : 0.125f * gain, v3 = below < 0 ? 0 : 0.125f * gain;
        for (int64_t q = 0; q < ow; q++) {
            float *o = y + (j * ow + q) * c;
            const int64_t l0 = ck_place(padding, 2 * q - 1, w, 1), r0c = ck_place(padding, 2 * q + 2, w, 1);
            const int64_t p = 2 * q * c, left = l0 < 0 ? p : l0 * c, right = r0c < 0 ? p : r0c * c;
            const float lv = l0 < 0 ? 0 : 0.125f, rv = r0c < 0 ? 0 : 0.125f;
#define ACROSS(r) FUSED(0.375f, r[p + i] + r[p + c + i], FUSED(lv, r[left + i], rv * r[right + i]))
#pragma clang loop vectorize_width(16)
            for (int64_t i = 0; i < c; i++)
                o[i] = FUSED(inner, ACROSS(r1) + ACROSS(r2), FUSED(v0, ACROSS(r0), v3 * ACROSS(r3)));
#undef ACROSS
        }
    }
}

CK_KERNEL(
    void, ck_downsample_rows,
    (const float *x, float *y, int64_t h, int64_t w, int64_t c, int64_t first, int64_t last, float gain, int padding),
    (x, y, h, w, c, first, last, gain, padding)) {
    if (padding) downsample(x, y, h, w, c, first, last, gain, padding);
    else downsample(x, y, h, w, c, first, last, gain, CK_ZERO);
}

/// Pixels of the larger image that pixel i of the smaller one goes to on the way up, mirrored ones among them.
typedef struct {
    int count;
    int64_t places[6];
    float factors[6];
} ck_spread;

CK_INLINE ck_spread spread(int64_t i, int64_t n) {
    ck_spread s = {0};
    const int64_t from[3] = {-1, i, n};
    for (int k = 0; k < 3; k++) {
        if (k != 1 && ck_place(CK_REFLECT, from[k], n, 1) != i) continue;
        for (int64_t t = -1; t < 3; t++) {
            const int64_t place = 2 * from[k] + t;
            if (place < 0 || place >= 2 * n) continue;
            s.places[s.count] = place;
            s.factors[s.count++] = t == 0 || t == 1 ? 0.75f : 0.25f;
        }
    }
    return s;
}

/// Whether a mirrored pixel is this one.
CK_INLINE int is_mirrored(int64_t i, int64_t n) {
    return ck_place(CK_REFLECT, -1, n, 1) == i || ck_place(CK_REFLECT, n, n, 1) == i;
}

CK_KERNEL(
    void, ck_upsample_reflected_adjoint_rows,
    (const float *x, float *y, int64_t h, int64_t w, int64_t c, int64_t first, int64_t last, float gain),
    (x, y, h, w, c, first, last, gain)) {
    downsample(x, y, 2 * h, 2 * w, c, first, last, 4 * gain, CK_ZERO);
    for (int64_t j = first; j < last; j++) {
        const int whole = is_mirrored(j, h);
        const ck_spread rows = spread(j, h);
        for (int64_t q = 0; q < w; q++) {
            if (!whole && !is_mirrored(q, w)) continue;
            const ck_spread columns = spread(q, w);
            float *restrict o = y + (j * w + q) * c;
            for (int64_t i = 0; i < c; i++) o[i] = 0;
            for (int a = 0; a < rows.count; a++)
                for (int b = 0; b < columns.count; b++) {
                    const float factor = gain * rows.factors[a] * columns.factors[b];
                    const float *restrict p = x + (rows.places[a] * 2 * w + columns.places[b]) * c;
                    for (int64_t i = 0; i < c; i++) o[i] = FUSED(factor, p[i], o[i]);
                }
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
