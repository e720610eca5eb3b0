#include "ckernels_halves.h"

#include "clones.h"

CK_INLINE uint32_t rounded(uint32_t bits) {
    const uint32_t is_nan = (bits & 0x7fffffff) > 0x7f800000;
    const uint32_t up = (bits + 0x7fff + ((bits >> 16) & 1)) & 0xffff0000;
    return is_nan ? (bits | 0x00400000) & 0xffff0000 : up;
}

CK_KERNEL(
    void, ck_pack_halves,
    (uint16_t *restrict y, const float *restrict x, size_t n),
    (y, x, n)) {
    const uint32_t *restrict bits = (const uint32_t *)x;
    for (size_t i = 0; i < n; i++) y[i] = (uint16_t)(rounded(bits[i]) >> 16);
}

CK_KERNEL(
    void, ck_unpack_halves,
    (float *restrict y, const uint16_t *restrict x, size_t n),
    (y, x, n)) {
    uint32_t *restrict bits = (uint32_t *)y;
    for (size_t i = 0; i < n; i++) bits[i] = (uint32_t)x[i] << 16;
}

CK_KERNEL(
    void, ck_round_to_halves,
    (float *x, size_t n),
    (x, n)) {
    uint32_t *bits = (uint32_t *)x;
    for (size_t i = 0; i < n; i++) bits[i] = rounded(bits[i]);
}
