#include "ckernels_sort.h"

#include <stdint.h>

#include "sums.h"

// Bit patterns of negative floats grow as the numbers fall. With all their bits turned, and the sign bit of the others
// set, unsigned integers are in the order of the numbers.
CK_INLINE uint32_t key(uint32_t bits) { return bits ^ (bits >> 31 ? 0xffffffff : 0x80000000); }
CK_INLINE uint32_t bits(uint32_t key) { return key ^ (key >> 31 ? 0x80000000 : 0xffffffff); }

enum { DIGITS = 4, VALUES = 256 };

// Least significant digit first, eight bits a digit: each pass writes to 256 places at a time, which the first-level
// cache holds.
void ck_sort(float *x, float *scratch, size_t n) {
    size_t counts[DIGITS][VALUES] = {0};
    uint32_t *from = (uint32_t *)x, *to = (uint32_t *)scratch;
    for (size_t i = 0; i < n; i++) {
        const uint32_t k = from[i] = key(from[i]);
        for (int d = 0; d < DIGITS; d++) counts[d][k >> (8 * d) & 255]++;
    }
    for (int d = 0; d < DIGITS; d++) {
        size_t next = 0;
        for (int v = 0; v < VALUES; v++) {
            const size_t count = counts[d][v];
            counts[d][v] = next;
            next += count;
        }
        for (size_t i = 0; i < n; i++) to[counts[d][from[i] >> (8 * d) & 255]++] = from[i];
        uint32_t *other = from;
        from = to;
        to = other;
    }
    // An even number of passes ends where it began.
    for (size_t i = 0; i < n; i++) from[i] = bits(from[i]);
}

CK_KERNEL(
    double, ck_sum_absolute_differences,
    (const float *a, const float *b, size_t n),
    (a, b, n)) {
// Without its sign bit.
#define DIFFERENCE(i) __builtin_fabs((double)a[i] - (double)b[i])
#define DIFFERENCES(i) \
    ((ck_d8)((ck_l8)(DOUBLES(a + (i)) - DOUBLES(b + (i))) & 0x7fffffffffffffff))
    typedef long long ck_l8 __attribute__((vector_size(64), aligned(8)));
    return SUM_IN_DOUBLE(n, DIFFERENCES, DIFFERENCE);
#undef DIFFERENCE
#undef DIFFERENCES
}
