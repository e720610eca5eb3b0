#include "ckernels_narrow.h"

#include "ckernels_padding.h"
#include "clones.h"

CK_INLINE void gather(
    int64_t n, const float *image, int64_t h, int64_t w, int64_t first, int64_t last, float *patches) {
    for (int64_t j = first; j < last; j++)
        for (int64_t q = 0; q < w; q++, patches += 9 * n) {
            // Of three pixels side by side those that there are.
            const int64_t skipped = q == 0 ? n : 0, end = q + 1 == w ? 2 * n : 3 * n;
            for (int64_t t = 0; t < 3; t++) {
                float *o = patches + t * 3 * n;
                const int64_t row = j + t - 1;
                const float *p = image + (row * w + q - 1) * n;
                if (row < 0 || row >= h)
                    for (int64_t i = 0; i < 3 * n; i++) o[i] = 0;
                else if (skipped == 0 && end == 3 * n)
                    for (int64_t i = 0; i < 3 * n; i++) o[i] = p[i];
                else
                    for (int64_t i = 0; i < 3 * n; i++) o[i] = i >= skipped && i < end ? p[i] : 0;
            }
        }
}

CK_KERNEL(
    void, ck_narrow_gather,
    (const float *image, int64_t h, int64_t w, int64_t n, int64_t first, int64_t last, float *patches),
    (image, h, w, n, first, last, patches)) {
    switch (n) {
    case 1: gather(1, image, h, w, first, last, patches); break;
    case 3: gather(3, image, h, w, first, last, patches); break;
    default: gather(n, image, h, w, first, last, patches);
    }
}

CK_INLINE void scatter(
    int64_t n, const float *patches, int64_t h, int64_t w, int64_t first, int64_t last, float *image) {
    const int64_t start = first > 0 ? first - 1 : 0, line = w * 9 * n;
    for (int64_t j = first; j < last; j++)
        for (int64_t q = 0; q < w; q++)
            for (int64_t i = 0; i < n; i++) {
                float sum = 0;
                // Neighbours in the order of reading; this pixel is at the opposite tap of each.
                for (int64_t t = 0; t < 3; t++) {
                    const int64_t row = j + t - 1;
                    if (row < 0 || row >= h) continue;
                    const float *p = patches + (row - start) * line + (q - 1) * 9 * n + (2 - t) * 3 * n + i;
                    if (q > 0) sum += p[2 * n];
                    sum += p[9 * n + n];
                    if (q + 1 < w) sum += p[18 * n];
                }
                image[(j * w + q) * n + i] = sum;
            }
}

CK_KERNEL(
    void, ck_narrow_scatter,
    (const float *patches, int64_t h, int64_t w, int64_t n, int64_t first, int64_t last, float *image),
    (patches, h, w, n, first, last, image)) {
    switch (n) {
    case 1: scatter(1, patches, h, w, first, last, image); break;
    case 3: scatter(3, patches, h, w, first, last, image); break;
    default: scatter(n, patches, h, w, first, last, image);
    }
}

/// The rows, or columns, of n that a neighbourhood has at one of its three taps.
typedef struct {
    int count;
    int64_t at[3];
} ck_seen;

/// With `is_adjoint` those whose neighbourhoods have this one at the opposite tap: the neighbours inside, and for a pixel
/// that also stands beyond the border the neighbours that it has there.
CK_INLINE ck_seen seen(int padding, int is_adjoint, int64_t i, int64_t tap, int64_t n) {
    ck_seen s = {0};
    const int64_t place = ck_place(is_adjoint ? CK_ZERO : padding, i + tap - 1, n, 1);
    if (place >= 0) s.at[s.count++] = place;
    if (is_adjoint && tap == 2 && ck_place(padding, -1, n, 1) == i) s.at[s.count++] = 0;
    if (is_adjoint && tap == 0 && ck_place(padding, n, n, 1) == i) s.at[s.count++] = n - 1;
    return s;
}

/// Whether all of that is the three next to each other.
CK_INLINE int is_inner(int64_t i, int64_t n) { return i >= 2 && i < n - 2; }

CK_KERNEL(
    void, ck_narrow_gather_padded,
    (int padding, int is_adjoint, const float *image, int64_t h, int64_t w, int64_t n, int64_t first, int64_t last,
     float *patches),
    (padding, is_adjoint, image, h, w, n, first, last, patches)) {
    for (int64_t j = first; j < last; j++)
        for (int64_t q = 0; q < w; q++, patches += 9 * n) {
            if (is_inner(j, h) && is_inner(q, w)) {
                for (int64_t t = 0; t < 3; t++) {
                    const float *p = image + ((j + t - 1) * w + q - 1) * n;
                    for (int64_t i = 0; i < 3 * n; i++) patches[t * 3 * n + i] = p[i];
                }
                continue;
            }
            for (int64_t t = 0; t < 9; t++) {
                const ck_seen rows = seen(padding, is_adjoint, j, t / 3, h);
                const ck_seen columns = seen(padding, is_adjoint, q, t % 3, w);
                for (int64_t i = 0; i < n; i++) {
                    float sum = 0;
                    for (int a = 0; a < rows.count; a++)
                        for (int b = 0; b < columns.count; b++) sum += image[(rows.at[a] * w + columns.at[b]) * n + i];
                    patches[t * n + i] = sum;
                }
            }
        }
}

CK_KERNEL(
    void, ck_narrow_scatter_padded,
    (int padding, int is_adjoint, const float *patches, int64_t start, int64_t stored, int64_t h, int64_t w, int64_t n,
     int64_t first, int64_t last, float *image),
    (padding, is_adjoint, patches, start, stored, h, w, n, first, last, image)) {
    const int64_t line = w * 9 * n;
    for (int64_t j = first; j < last; j++)
        for (int64_t q = 0; q < w; q++) {
            float *o = image + (j * w + q) * n;
            for (int64_t i = 0; i < n; i++) o[i] = 0;
            const int inner = is_inner(j, h) && is_inner(q, w);
            for (int64_t t = 0; t < 9; t++) {
                if (inner) {
                    const float *p = patches + (j + t / 3 - 1 - start) * line + ((q + t % 3 - 1) * 9 + 8 - t) * n;
                    for (int64_t i = 0; i < n; i++) o[i] += p[i];
                    continue;
                }
                const ck_seen rows = seen(padding, is_adjoint, j, t / 3, h);
                const ck_seen columns = seen(padding, is_adjoint, q, t % 3, w);
                for (int a = 0; a < rows.count; a++)
                    for (int b = 0; b < columns.count; b++) {
                        int64_t row = rows.at[a] - start;
                        if (row < 0) row += h;
                        if (row >= stored) row -= h;
                        const float *p = patches + row * line + (columns.at[b] * 9 + 8 - t) * n;
                        for (int64_t i = 0; i < n; i++) o[i] += p[i];
                    }
            }
        }
}
