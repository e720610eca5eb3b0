import ArgumentParser

/// ψ, of commands that draw samples.
struct TruncationArgument: ParsableArguments {
    @Option(name: .customLong("truncation"), help: "Truncation ψ: below 1 less variety, more typical images.")
    var psi: Float = 1
}
