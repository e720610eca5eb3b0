#include "ckernels_product.h"

#include "vectors.h"

// The general matrix product. Its operands are activations and weights: few columns, many rows, so that the columns'
// side is packed once (or lies ready) and the rows' side is read where it is.

/// `rows` × (16 · `groups`) results, the last group having `tail` columns. Strides are in floats.
///
/// While it computes, memory brings what comes next: the lines of its results, the next of b, which may be pages apart,
/// and the rows below, unless `across`.
CK_INLINE void tile(
    int rows, int groups, int across, const float *a, ptrdiff_t a_row, ptrdiff_t a_step, const float *b,
    ptrdiff_t b_step, ptrdiff_t b_group, int depth, float *c, ptrdiff_t c_row, int tail, int accumulate) {
    ck_v16 sum[12][2];
#pragma clang loop unroll(full)
    for (int r = 0; r < rows; r++)
#pragma clang loop unroll(full)
        for (int g = 0; g < groups; g++) {
            sum[r][g] = (ck_v16){0};
            __builtin_prefetch(c + r * c_row + g * 16, 1);
        }
    const float *below = a + rows * a_row;
    // Unrolled, it would collect the scalars of several steps, for which there are no registers.
#pragma clang loop unroll(disable)
    for (int d = 0; d < depth; d++, b += b_step, a += a_step) {
        if (!across) __builtin_prefetch(below + d * 16);
        ck_v16 factor[2];
#pragma clang loop unroll(full)
        for (int g = 0; g < groups; g++) {
            factor[g] = LOAD(b + g * b_group);
            __builtin_prefetch(b + g * b_group + 8 * b_step);
        }
#pragma clang loop unroll(full)
        for (int r = 0; r < rows; r++) {
            float scalar = a[r * a_row];
#pragma clang loop unroll(full)
            for (int g = 0; g < groups; g++) sum[r][g] = FUSED(scalar, factor[g], sum[r][g]);
        }
    }
#pragma clang loop unroll(full)
    for (int r = 0; r < rows; r++)
#pragma clang loop unroll(full)
        for (int g = 0; g < groups; g++) {
            float *p = c + r * c_row + g * 16;
            int count = g == groups - 1 ? tail : 16;
            if (accumulate) {
                ck_v16 before;
                load_channels(&before, p, count);
                sum[r][g] += before;
            }
            store_channels(p, &sum[r][g], count);
        }
}

/// All rows of one or two groups of columns. `across`: rows of a lie side by side, steps apart; else the other way round.
CK_INLINE void panel(
    int wide, int groups, int across, const float *a, ptrdiff_t a_stride, const float *b, ptrdiff_t b_step,
    ptrdiff_t b_group, float *c, ptrdiff_t c_row, int rows, int tail, int depth, int accumulate) {
    const ptrdiff_t a_row = across ? 1 : a_stride, a_step = across ? a_stride : 1;
#define ROWS(count) \
    for (; rows - r >= (count); r += (count)) \
        tile(count, groups, across, a + r * a_row, a_row, a_step, b, b_step, b_group, depth, c + r * c_row, c_row, \
             tail, accumulate);
    int r = 0;
    if (wide) {
        ROWS(12)
        ROWS(8)
    }
    ROWS(6)
    ROWS(4)
    ROWS(3)
    ROWS(2)
    ROWS(1)
#undef ROWS
}

CK_INLINE void product(
    int across, const float *a, ptrdiff_t a_stride, const float *b, ptrdiff_t b_step, ptrdiff_t b_group, float *c,
    ptrdiff_t c_row, int rows, int columns, int depth, int accumulate) {
    int first = 0;
    if (WIDE()) {
        for (; first + 32 <= columns; first += 32)
            panel(1, 2, across, a, a_stride, b + first / 16 * b_group, b_step, b_group, c + first, c_row, rows, 16,
                  depth, accumulate);
        if (columns - first > 16) {
            panel(1, 2, across, a, a_stride, b + first / 16 * b_group, b_step, b_group, c + first, c_row, rows,
                  columns - first - 16, depth, accumulate);
            return;
        }
    }
    for (; first < columns; first += 16)
        panel(WIDE(), 1, across, a, a_stride, b + first / 16 * b_group, b_step, b_group, c + first, c_row, rows,
              columns - first < 16 ? columns - first : 16, depth, accumulate);
}

CK_KERNEL(
    void, ck_product,
    (const float *a, int64_t a_stride, int across, const float *b, int64_t b_step, int64_t b_group, float *c,
     int64_t c_row, int rows, int columns, int depth, int accumulate),
    (a, a_stride, across, b, b_step, b_group, c, c_row, rows, columns, depth, accumulate)) {
    if (across) product(1, a, a_stride, b, b_step, b_group, c, c_row, rows, columns, depth, accumulate);
    else product(0, a, a_stride, b, b_step, b_group, c, c_row, rows, columns, depth, accumulate);
}

/// Full groups of columns, `count` of them.
CK_INLINE void pack_groups(int count, const float *b, ptrdiff_t row, int depth, float *out) {
    const ptrdiff_t group = (ptrdiff_t)depth * 16;
    for (int d = 0; d < depth; d++, b += row, out += 16)
#pragma clang loop unroll(full)
        for (int g = 0; g < count; g++) STORE(out + g * group, LOAD(b + g * 16));
}

CK_KERNEL(
    void, ck_pack_columns,
    (const float *b, int64_t row, int depth, int columns, float *out),
    (b, row, depth, columns, out)) {
    const ptrdiff_t group = (ptrdiff_t)depth * 16;
    int first = 0;
    for (; columns - first >= 64; first += 64) pack_groups(4, b + first, row, depth, out + first / 16 * group);
    for (; columns - first >= 16; first += 16) pack_groups(1, b + first, row, depth, out + first / 16 * group);
    if (first == columns) return;
    b += first;
    out += first / 16 * group;
    for (int d = 0; d < depth; d++, b += row, out += 16) {
        ck_v16 v;
        load_channels(&v, b, columns - first);
        STORE(out, v);
    }
}

CK_KERNEL(
    void, ck_pack_columns_transposed,
    (const float *b, int64_t row, int depth, int columns, float *out),
    (b, row, depth, columns, out)) {
    int d = 0;
    if (columns == 16)
        for (; d + 16 <= depth; d += 16) {
            ck_v16 v[16];
#pragma clang loop unroll(full)
            for (int k = 0; k < 16; k++) v[k] = LOAD(b + k * row + d);
            transpose(v);
#pragma clang loop unroll(full)
            for (int k = 0; k < 16; k++) STORE(out + (d + k) * 16, v[k]);
        }
    for (; d < depth; d++)
        for (int k = 0; k < 16; k++) out[d * 16 + k] = k < columns ? b[k * row + d] : 0;
}
