#include "vectors.h"

// The matrix products between Winograd's transforms. Both operands come from transforms that store them ready for
// use, so that nothing is packed; a general sgemm spends a good part of its time on that with operands so small.

// Registers: 12×32 results in 24 of AVX-512's 32 registers, 6×16 in 12 of AVX2's 16.

/// A tile of `rows` × (16 · `groups`) results. Depth runs over `outer` steps of `outer_stride` floats in a and then
/// over `inner` steps of `inner_stride`; row r is `row_stride` floats further. All but `outer` are constants once
/// inlined, so that addresses are, too.
CK_INLINE void tile(
    int rows, int groups, const float *a, int outer, size_t outer_stride, int inner, int inner_stride, int row_stride,
    const float *b, size_t b_group, float *c, size_t c_group, int accumulate) {
    ck_v16 sum[16][2];
#pragma clang loop unroll(full)
    for (int r = 0; r < rows; r++)
#pragma clang loop unroll(full)
        for (int g = 0; g < groups; g++) sum[r][g] = accumulate ? LOAD(c + g * c_group + r * 16) : (ck_v16){0};
    for (int o = 0; o < outer; o++, a += outer_stride) {
#pragma clang loop unroll_count(4)
        for (int i = 0; i < inner; i++, b += 16) {
            ck_v16 factor[2];
#pragma clang loop unroll(full)
            for (int g = 0; g < groups; g++) factor[g] = LOAD(b + g * b_group);
#pragma clang loop unroll(full)
            for (int r = 0; r < rows; r++) {
                float scalar = a[i * inner_stride + r * row_stride];
#pragma clang loop unroll(full)
                for (int g = 0; g < groups; g++) sum[r][g] = FUSED(scalar, factor[g], sum[r][g]);
            }
        }
    }
#pragma clang loop unroll(full)
    for (int r = 0; r < rows; r++)
#pragma clang loop unroll(full)
        for (int g = 0; g < groups; g++) STORE(c + g * c_group + r * 16, sum[r][g]);
}

/// All rows of one or two groups of results.
CK_INLINE void panel(
    int wide, int groups, const float *a, size_t a_group, int a_groups, const float *b, size_t b_group, float *c,
    size_t c_group, int rows, int accumulate) {
#define ROWS(count) \
    for (; rows - r >= (count); r += (count)) \
        tile(count, groups, a + r * 16, a_groups, a_group, 16, 1, 16, b, b_group, c + r * 16, c_group, accumulate);
    int r = 0;
    if (wide) {
        ROWS(12)
        ROWS(8)
    }
    ROWS(6)
    ROWS(4)
    ROWS(2)
    ROWS(1)
#undef ROWS
}

CK_KERNEL(
    void, ck_winograd_product,
    (const float *a, size_t a_group, int a_groups, const float *b, size_t b_group, float *c, size_t c_group, int
     rows, int groups, int accumulate),
    (a, a_group, a_groups, b, b_group, c, c_group, rows, groups, accumulate)) {
    int g = 0;
    if (WIDE())
        for (; g + 2 <= groups; g += 2)
            panel(1, 2, a, a_group, a_groups, b + g * b_group, b_group, c + g * c_group, c_group, rows, accumulate);
    for (; g < groups; g++)
        panel(0, 1, a, a_group, a_groups, b + g * b_group, b_group, c + g * c_group, c_group, rows, accumulate);
}

CK_KERNEL(
    void, ck_winograd_gradient_product,
    (const float *a, size_t a_group, int a_groups, const float *b, size_t b_group, float *c, size_t c_group, int
     rows, int groups, int overwrite),
    (a, a_group, a_groups, b, b_group, c, c_group, rows, groups, overwrite)) {
#define TILE(count, width) \
    tile(count, width, a + h * a_group + l, 1, 0, rows, 16, 1, b + g * b_group, b_group, \
         c + g * c_group + (h * 16 + l) * 16, c_group, !overwrite)
    int g = 0;
    if (WIDE())
        for (; g + 2 <= groups; g += 2)
            for (int h = 0; h < a_groups; h++)
                for (int l = 0; l < 16; l += 8) TILE(8, 2);
    for (; g < groups; g++)
        for (int h = 0; h < a_groups; h++) {
            int l = 0;
            if (WIDE()) TILE(16, 1);
            else
                for (; l < 16; l += 4) TILE(4, 1);
        }
#undef TILE
}
