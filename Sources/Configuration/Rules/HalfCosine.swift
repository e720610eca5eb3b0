/// The way from one value to another that is slow at both ends: half a period of a cosine.
enum HalfCosine {
    /// (1 − cos(π · progress)) / 2 = sin²(π/2 · progress), to a few units of the last place: 0 at first, 1 from a progress of
    /// 1 on.
    ///
    /// Rates reach parameters: the C library's cosine has other bits with another of its versions.
    static func share(_ progress: Double) -> Double {
        guard progress > 0 else { return 0 }
        guard progress < 1 else { return 1 }
        // The second half mirrors the first.
        guard progress <= 0.5 else { return 1 - share(1 - progress) }
        let x = Double.pi / 2 * progress
        // x − x³/3! + x⁵/5! − …: for x up to π/4 what is left out is below 1e-19 of it.
        var factor = 1.0
        for n in stride(from: 8.0, through: 1, by: -1) { factor = 1 - x * x / (2 * n * (2 * n + 1)) * factor }
        let sine = x * factor
        return sine * sine
    }
}
