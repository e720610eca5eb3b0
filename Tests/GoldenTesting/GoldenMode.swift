import Foundation
import Kernels

/// How the convolutions of a replay are computed.
package enum GoldenMode: String, CaseIterable, Sendable {
    /// Without Winograd's transforms: the mathematics is held to what float32 allows.
    case direct
    /// As in training. Their rounding takes a few activations of a large network to the other side of leaky ReLU's
    /// kink, and the gradient with them.
    case transformed

    package static var current: GoldenMode { Convolution.usesTransforms ? .transformed : .direct }

    package func run<Result>(_ body: () throws -> Result) rethrows -> Result {
        try Convolution.$usesTransforms.withValue(self == .transformed, operation: body)
    }

    /// The relative error allowed in a gradient.
    ///
    /// - Parameter tolerance: where no activation is on the other side.
    package func gradientTolerance(_ tolerance: Double) -> Double { self == .direct ? tolerance : max(tolerance, 1e-2) }
}

extension GoldenArrays {
    /// With GANGLION_GOLDEN_REPORT, all errors and not only those that are too large.
    package func report(_ line: String) {
        guard ProcessInfo.processInfo.environment["GANGLION_GOLDEN_REPORT"] != nil else { return }
        print("\(name), \(GoldenMode.current), \(line)")
    }
}
