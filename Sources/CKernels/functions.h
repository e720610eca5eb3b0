#ifndef GANGLION_CKERNELS_FUNCTIONS_H
#define GANGLION_CKERNELS_FUNCTIONS_H
#include <stdint.h>
#include <string.h>

#include "clones.h"

// The functions that training needs, in double precision and to a few units of its last place, of sums and products
// alone: those of the C library have other bits with another of its versions, or on another processor.

CK_INLINE double ck_from_bits(uint64_t bits) {
    double x;
    memcpy(&x, &bits, sizeof x);
    return x;
}

CK_INLINE uint64_t ck_bits_of(double x) {
    uint64_t bits;
    memcpy(&bits, &x, sizeof bits);
    return bits;
}

/// eˣ, between e⁻⁷⁰⁰ and e⁷⁰⁰.
CK_INLINE double ck_exp(double x) {
    x = x < -700 ? -700 : x;
    x = x > 700 ? 700 : x;
    // x = n ln 2 + r. Added to this, a number has its integer part in the last bits.
    const double shifter = 0x1.8p52, shifted = x * 0x1.71547652b82fep+0 + shifter, n = shifted - shifter;
    // The first of two parts of ln 2 has zeros at its end, so that its product with n is exact.
    const double r = (x - n * 0x1.62e42fee00000p-1) - n * 0x1.a39ef35793c76p-33;
    double p = 1.0 / 6227020800;
    p = p * r + 1.0 / 479001600;
    p = p * r + 1.0 / 39916800;
    p = p * r + 1.0 / 3628800;
    p = p * r + 1.0 / 362880;
    p = p * r + 1.0 / 40320;
    p = p * r + 1.0 / 5040;
    p = p * r + 1.0 / 720;
    p = p * r + 1.0 / 120;
    p = p * r + 1.0 / 24;
    p = p * r + 1.0 / 6;
    p = p * r + 0.5;
    p = p * r + 1;
    p = p * r + 1;
    return p * ck_from_bits((ck_bits_of(shifted) + 1023) << 52);
}

/// log x; −∞ for 0, NaN for what is less. Not for denormals.
CK_INLINE double ck_log(double x) {
    const uint64_t bits = ck_bits_of(x);
    // x = m 2ⁿ with m between √½ and √2.
    const uint64_t root = 0x3fe6a09e667f3bcd, above = bits - root;
    const double n = (double)(int32_t)((int64_t)above >> 52);
    const double m = ck_from_bits((above & 0xfffffffffffff) + root);
    // log m = 2 artanh((m − 1) / (m + 1))
    const double f = (m - 1) / (m + 1), s = f * f;
    double p = 1.0 / 23;
    p = p * s + 1.0 / 21;
    p = p * s + 1.0 / 19;
    p = p * s + 1.0 / 17;
    p = p * s + 1.0 / 15;
    p = p * s + 1.0 / 13;
    p = p * s + 1.0 / 11;
    p = p * s + 1.0 / 9;
    p = p * s + 1.0 / 7;
    p = p * s + 1.0 / 5;
    p = p * s + 1.0 / 3;
    const double value = n * 0x1.62e42fefa39efp-1 + (2 * f + 2 * f * s * p);
    if (x > 0) return x < __builtin_inf() ? value : x;
    return x == 0 ? -__builtin_inf() : __builtin_nan("");
}

/// log(1 + x) for x from 0 to 1.
CK_INLINE double ck_log_of_one_and(double x) {
    const double sum = 1 + x;
    // What the sum has lost of x.
    return ck_log(sum) + (x - (sum - 1)) / sum;
}

/// Cosine and sine of 2π · turns / 2³².
CK_INLINE void ck_circle(uint32_t turns, double *cosine, double *sine) {
    // To the nearest quarter, and an eighth of a turn at most from there.
    const uint32_t quarter = (turns + 0x20000000) >> 30;
    const double x = (double)(int32_t)(turns - (quarter << 30)) * 0x1.921fb54442d18p-30, s = x * x;
    double c = 1.0 / 20922789888000;
    c = c * s - 1.0 / 87178291200;
    c = c * s + 1.0 / 479001600;
    c = c * s - 1.0 / 3628800;
    c = c * s + 1.0 / 40320;
    c = c * s - 1.0 / 720;
    c = c * s + 1.0 / 24;
    c = c * s - 0.5;
    c = c * s + 1;
    double d = 1.0 / 355687428096000;
    d = d * s - 1.0 / 1307674368000;
    d = d * s + 1.0 / 6227020800;
    d = d * s - 1.0 / 39916800;
    d = d * s + 1.0 / 362880;
    d = d * s - 1.0 / 5040;
    d = d * s + 1.0 / 120;
    d = d * s - 1.0 / 6;
    d = d * s * x + x;
    const double a = quarter & 1 ? d : c, b = quarter & 1 ? c : d;
    *cosine = (quarter + 1) & 2 ? -a : a;
    *sine = quarter & 2 ? -b : b;
}

/// xʸ; NaN where x is less than 0 and y no integer.
CK_INLINE double ck_pow(double x, double y) {
    // Halves of few: products and roots alone.
    const double halves = 2 * __builtin_fabs(y);
    if (halves <= 16 && halves == (double)(int)halves) {
        double p = (int)halves & 1 ? __builtin_sqrt(x) : 1;
        for (int i = 0; i < (int)halves / 2; i++) p *= x;
        return y < 0 ? 1 / p : p;
    }
    if (x == 0) return y < 0 ? __builtin_inf() : 0;
    const double magnitude = ck_exp(y * ck_log(__builtin_fabs(x)));
    if (x > 0) return magnitude;
    const double whole = __builtin_fabs(y) < 0x1p53 ? (double)(int64_t)y : y;
    if (whole != y) return __builtin_nan("");
    return __builtin_fabs(y) < 0x1p53 && ((int64_t)y & 1) ? -magnitude : magnitude;
}
#endif
