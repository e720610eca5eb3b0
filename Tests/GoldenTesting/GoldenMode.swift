import Foundation
import Kernels

/// How the convolutions of a replay are computed.
package enum GoldenMode: String, CaseIterable, Sendable {
    /// Without Winograd's transforms: the mathematics is held to what float32 allows.
    case direct
    /// As in training. Their rounding takes a few activations of a large network to the other side of leaky ReLU's
    /// kink, and the gradient with them.
    case transformed

    package func run<Result>(_ body: () throws -> Result) rethrows -> Result {
        try Convolution.$usesTransforms.withValue(self == .transformed, operation: body)
    }

    /// What it rounds of activations, relative to them.
    package var rounding: Float {
        switch self {
        case .direct: 2e-7
        case .transformed: 5e-6
        }
    }
}

extension GoldenArrays {
    /// With GANGLION_GOLDEN_REPORT, all errors and not only those that are too large.
    package func report(_ line: String, _ mode: GoldenMode) {
        guard ProcessInfo.processInfo.environment["GANGLION_GOLDEN_REPORT"] != nil else { return }
        print("\(name), \(mode), \(line)")
    }
}
