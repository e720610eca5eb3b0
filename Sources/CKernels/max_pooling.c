#include "ckernels_max_pooling.h"

#include "clones.h"

// The later pixel is taken where it is larger; a number that is none is taken and stays.
#define TAKE(pixel, place)                 \
    {                                      \
        const float v = pixel;             \
        const int take = v > best || v != v; \
        const int stays = best != best;    \
        chosen = take && !stays ? place : chosen; \
        best = take && !stays ? v : best;  \
    }

CK_KERNEL(
    void, ck_max_pool_rows,
    (const float *restrict x, float *restrict y, float *restrict choice, int64_t w, int64_t c, int64_t first,
     int64_t last),
    (x, y, choice, w, c, first, last)) {
    for (int64_t j = first; j < last; j++) {
        const float *r0 = x + 2 * j * w * c, *r1 = r0 + w * c;
        const int64_t start = j * (w / 2) * c;
        float *o = y + start, *k = choice + start;
        for (int64_t q = 0; q < w / 2; q++, r0 += 2 * c, r1 += 2 * c, o += c, k += c)
            for (int64_t i = 0; i < c; i++) {
                float best = r0[i], chosen = 0;
                TAKE(r0[c + i], 1)
                TAKE(r1[i], 2)
                TAKE(r1[c + i], 3)
                o[i] = best;
                k[i] = chosen;
            }
    }
}

CK_KERNEL(
    void, ck_max_pool_scatter_rows,
    (const float *restrict y, const float *restrict choice, float *restrict x, int64_t w, int64_t c, int64_t first,
     int64_t last),
    (y, choice, x, w, c, first, last)) {
    for (int64_t j = first; j < last; j++) {
        float *r0 = x + 2 * j * w * c, *r1 = r0 + w * c;
        const int64_t start = j * (w / 2) * c;
        const float *o = y + start, *k = choice + start;
        for (int64_t q = 0; q < w / 2; q++, r0 += 2 * c, r1 += 2 * c, o += c, k += c)
            for (int64_t i = 0; i < c; i++) {
                r0[i] = k[i] == 0 ? o[i] : 0;
                r0[c + i] = k[i] == 1 ? o[i] : 0;
                r1[i] = k[i] == 2 ? o[i] : 0;
                r1[c + i] = k[i] == 3 ? o[i] : 0;
            }
    }
}

CK_KERNEL(
    void, ck_max_pool_gather_rows,
    (const float *restrict x, const float *restrict choice, float *restrict y, int64_t w, int64_t c, int64_t first,
     int64_t last),
    (x, choice, y, w, c, first, last)) {
    for (int64_t j = first; j < last; j++) {
        const float *r0 = x + 2 * j * w * c, *r1 = r0 + w * c;
        const int64_t start = j * (w / 2) * c;
        const float *k = choice + start;
        float *o = y + start;
        for (int64_t q = 0; q < w / 2; q++, r0 += 2 * c, r1 += 2 * c, o += c, k += c)
            for (int64_t i = 0; i < c; i++) {
                const float above = k[i] == 0 ? r0[i] : r0[c + i], below = k[i] == 2 ? r1[i] : r1[c + i];
                o[i] = k[i] < 2 ? above : below;
            }
    }
}
