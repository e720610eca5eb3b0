import Layers

extension ParameterBuilder {
    /// What tells the numbers that condition images beside a discriminator's score (arXiv 1610.09585, of numbers); nil for
    /// no numbers.
    ///
    /// Not normalised where the other weights are: it takes no part in the score, and its numbers have no bound.
    mutating func regressionHead<Layer: Sendable>(
        _ numbers: Int, _ make: (inout ParameterBuilder) -> Layer
    ) -> PlacedLayer<Layer>? {
        numbers > 0 ? placed { $0.withoutNormalization(make) } : nil
    }
}
