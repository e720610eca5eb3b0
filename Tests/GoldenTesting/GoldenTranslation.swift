import Autodiff
import Foundation
import Kernels
import Layers
import Models
import NumericalTesting
import Storage
import Testing

/// What is peculiar to the files of image-to-image networks, whose arrays are as PyTorch has them.
extension GoldenArrays {
    /// The images of files that state a `crop`, their width, and how many times their height that is.
    package func cropGrid() throws -> NetworkGrid {
        let width = try integer("crop")
        let height = Int((Float(width) / (try number("aspect"))).rounded())
        // A start of 4 on the shorter side, as configurations have it.
        let shorter = min(height, width)
        #expect(shorter > 0 && width % shorter == 0 && height % shorter == 0)
        return NetworkGrid(
            resolution: shorter, startHeight: 4 * (height / shorter), startWidth: 4 * (width / shorter))
    }

    /// Loads the parameters and the state of a network.
    ///
    /// - Parameter unused: what the reference has and never uses, by the end of its name without the last part.
    package func loadTorch(_ group: String, into parameters: Parameters, unused: [String] = []) throws {
        for entry in parameters.trained + parameters.untrained {
            Elementwise.copy(BufferView(try torchValues(of: entry, group)), into: parameters.view(entry))
        }
        parameters.didChange()
        let known = Set((parameters.trained + parameters.untrained).map { torchPath(of: $0, group) })
        let others = try file.datasetPaths(under: group).filter { path in
            let stem = path.split(separator: ".").dropLast().joined(separator: ".")
            return !known.contains(path) && !unused.contains { stem.hasSuffix($0) }
        }
        #expect(others.isEmpty, "\(group)")
    }

    /// A parameter, its gradient or state, in the layout of the kernels.
    package func torchValues(of entry: Parameters.Entry, _ group: String) throws -> [Float] {
        entry.declaration.layout.fromReference(try values(torchPath(of: entry, group)))
    }

    /// Gradients of all trained parameters by their names.
    package func torchGradients(_ group: String, of parameters: Parameters) throws -> [String: [Float]] {
        Dictionary(uniqueKeysWithValues: try parameters.trained.map { ($0.name, try torchValues(of: $0, group)) })
    }

    /// What the forward passes of a step are to leave of the network's state, by name.
    package func torchState(after step: String, _ network: String, of parameters: Parameters) throws -> [String:
        [Float]]
    {
        // Networks without state leave none.
        guard !parameters.untrained.isEmpty else { return [:] }
        let stored = Set(try file.datasetPaths(under: "after/\(step)"))
        return Dictionary(
            uniqueKeysWithValues: try parameters.untrained.map { entry in
                let layout = entry.declaration.layout
                let paths = [".", "/"].map { "after/\(step)/\(network)\($0)\(entry.name)" }
                let path = try #require(paths.first(where: stored.contains), "\(entry.name)")
                return (entry.name, layout.fromReference(try values(path)))
            })
    }

    /// Weights that are spectrally normalised are stored before they are.
    private func torchPath(of entry: Parameters.Entry, _ group: String) -> String {
        "\(group)/\(entry.name)" + (entry.declaration.reparametrization == nil ? "" : "_orig")
    }

    /// Gradients that are zero but for what is rounded are compared with the step's largest: the reference's own reach
    /// 5e-6 of it.
    ///
    /// - Returns: errors allowed relative to each of them.
    package func nullFloors(_ group: String, _ expected: [String: [Float]]) throws -> [String: Double] {
        let listed = try JSONDecoder().decode([String].self, from: Data(try text("null_gradients").utf8))
        func size(_ values: [Float]) -> Double { (innerProduct(values, values) / Double(values.count)).squareRoot() }
        let largest = expected.values.map(size).max() ?? 0
        let names = expected.keys.filter { listed.contains("\(group)/\($0)") }
        return Dictionary(
            uniqueKeysWithValues: names.map { ($0, 2e-5 * largest / max(size(expected[$0] ?? []), 1e-30)) })
    }

    /// Images or maps as microbatches.
    ///
    /// - Parameter rank: of the array in the file; those of 4 axes are NCHW there.
    package func microbatches(_ path: String, _ count: Int) throws -> [Tensor] {
        try tensor(path).microbatches(count)
    }

    /// Label maps [N, H, W] as one-hot microbatches [N, H, W, classes].
    package func oneHotMaps(_ path: String, classes: Int, _ count: Int) throws -> [Tensor] {
        let (shape, values) = try file.floats(path)
        let rows = values.flatMap { label in (0..<classes).map { Float($0) == label ? Float(1) : 0 } }
        return Tensor(rows, shape: shape + [classes]).microbatches(count)
    }
}

/// How a file's batch is replayed: as one microbatch or as one for each sample, and how convolutions are computed.
package struct GoldenVariant: CustomTestStringConvertible, Sendable {
    package let isSplit: Bool
    package let mode: GoldenMode
    package var testDescription: String { "\(isSplit ? "split" : "whole"), \(mode)" }

    package static let all = GoldenMode.allCases.flatMap { mode in
        [false, true].map { GoldenVariant(isSplit: $0, mode: mode) }
    }
}

extension Tensor {
    /// Equal parts along the first axis.
    package func microbatches(_ count: Int) -> [Tensor] {
        let size = shape[0] / count
        precondition(size * count == shape[0], "\(shape[0]) samples in \(count) microbatches")
        return (0..<count).map { slice(axis: 0, start: $0 * size, length: size) }
    }
}

extension [Tensor] {
    /// Microbatches one after another.
    package var joined: [Float] { flatMap(\.array) }
    /// The mean of losses.
    package var averaged: [Float] { [map { $0.scalar }.reduce(0, +) / Float(count)] }
}

extension Parameters {
    /// Weights of each microbatch of a whole batch.
    package func microbatchWeights(_ count: Int, differentiable: Bool) -> [Weights] {
        let whole = WholeBatch(microbatches: count)
        return (0..<count).map { _ in weights(differentiable: differentiable, batch: whole) }
    }

    /// By name the gradients, in what is stored, of the mean of the microbatches' losses.
    ///
    /// - Parameter gradients: of each trained parameter, the sum over the microbatches.
    package func named(_ gradients: [Tensor?], microbatches: Int) -> [String: [Float]] {
        let flat = BufferView(count: values.count)
        flatten(gradients, into: flat)
        Elementwise.affine(flat, scale: 1 / Float(microbatches), into: flat)
        applyAdjoints(to: flat)
        let all = flat.array
        return Dictionary(
            uniqueKeysWithValues: trained.map { ($0.name, Array(all[$0.offset..<$0.offset + $0.count])) })
    }

    /// The state by name.
    package var stateByName: [String: [Float]] {
        Dictionary(uniqueKeysWithValues: untrained.map { ($0.name, view($0).array) })
    }

    /// Lets state follow what one forward pass over all microbatches noted.
    package func followNoted(_ noted: [[Float]]) {
        guard let first = noted.first, !first.isEmpty else { return }
        let means = first.indices.map { at in noted.map { $0[at] }.reduce(0, +) / Float(noted.count) }
        follow(means)
    }
}

/// Of losses of microbatches whose graphs may hang together, the sums over the microbatches of the gradients of each of
/// their variables.
package func summedGradients(of losses: [Tensor], with variables: [[Tensor]]) -> [Tensor?] {
    var sums = [Tensor?](repeating: nil, count: variables[0].count)
    gradients(of: losses, with: variables) { _, place, gradient in
        guard let gradient else { return }
        sums[place] = sums[place].map { $0 + gradient } ?? gradient
    }
    return sums
}
