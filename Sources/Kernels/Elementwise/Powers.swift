import CKernels

/// Powers for what reaches parameters: those of the C library have other bits with another of its versions, or on
/// another processor.
public enum Powers {
    /// base^exponent, to a few units of the last place.
    public static func of(_ base: Double, _ exponent: Double) -> Double { ck_power_of(base, exponent) }
}
