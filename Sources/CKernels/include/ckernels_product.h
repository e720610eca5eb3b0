#ifndef GANGLION_CKERNELS_PRODUCT_H
#define GANGLION_CKERNELS_PRODUCT_H
#include <stdint.h>

/// c[r][k] = Σ over steps d of a(r, d) · b(d, k), added to c with `accumulate`.
///
/// a(r, d) is a[r · a_stride + d], or a[d · a_stride + r] with `across`. b(d, k) is
/// b[k / 16 · b_group + d · b_step + k % 16]; whole groups of 16 are read, even where `columns` ends inside one.
void ck_product(
    const float *a, int64_t a_stride, int across, const float *b, int64_t b_step, int64_t b_group, float *c,
    int64_t c_row, int rows, int columns, int depth, int accumulate);
/// Groups of up to 16 columns one after another, out[group][d][16] = b[d · row + 16 · group + k], zero where there is no
/// column.
void ck_pack_columns(const float *b, int64_t row, int depth, int columns, float *out);
/// One group of the transpose: out[d][16] = b[k · row + d].
void ck_pack_columns_transposed(const float *b, int64_t row, int depth, int columns, float *out);
#endif
