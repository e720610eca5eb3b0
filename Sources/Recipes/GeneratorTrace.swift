import Autodiff
import Layers
import Models
import Storage

/// A generator's forward pass, written down for one sample; see ``Trace``.
public struct GeneratorTrace {
    /// What the generator is fed.
    public enum Input: String, Sendable {
        /// [N, zDim]
        case z
        /// [N, labelDim]: of classes one 1 and zeros; of numbers these as networks see them, and a 1 behind them.
        case labels
        /// [1, 1], ψ, of generators with styles.
        case truncation
    }

    public let trace: Trace
    /// In the order of the trace's.
    public let inputs: [Input]
}

/// A generator that cannot be written down.
public struct UntraceableGenerator: Error {
    /// Operations that were noted before it came to an end.
    public let place: Int
}

extension GeneratorFile {
    /// Writes the forward pass down. Noise inputs are the network's fixed planes.
    ///
    /// - Throws: ``UntraceableGenerator`` where something is computed of the inputs by an operation that cannot be written
    ///   down.
    public func traced() throws -> GeneratorTrace {
        // What depends on the inputs without having been noted would be a constant, with the value of one seed.
        let (first, second) = (try traced(seed: 1), try traced(seed: 2))
        guard first.trace.isSame(as: second.trace) else {
            throw UntraceableGenerator(place: first.trace.operations.count)
        }
        return first
    }

    private func traced(seed: Int) throws -> GeneratorTrace {
        let weights = Tape.paused {
            parameters.weights(differentiable: false, parameters.selection(generator.activeParameters))
        }
        let label = generator.labelDim == 0 ? nil : [seed % generator.labelDim]
        let input = SampleImages.input(generator, seeds: [seed], classes: label, truncation: 1)
        // As an operand it must not be a constant of all seeds, nor 1.
        let psi = Tensor([Float(0.5) + Float(seed) / 8], shape: [1, 1])
        var kinds: [GeneratorTrace.Input] = [.z]
        var tensors = [input.z]
        if let labels = input.labels {
            kinds.append(.labels)
            tensors.append(labels)
        }
        do {
            guard let network = generator as? StyleGAN2Generator else {
                let trace = try Trace(of: tensors) { generator(input, weights).image }
                return GeneratorTrace(trace: trace, inputs: kinds)
            }
            let trace = try Trace(of: tensors + [psi]) {
                let w = network.mapping(input.z, labels: input.labels, weights)
                let styles = network.truncated(w, by: psi, weights)
                return network.synthesize(ws: network.broadcast(styles), noise: .constant, weights).image
            }
            return GeneratorTrace(trace: trace, inputs: kinds + [.truncation])
        } catch let error as Trace.Unexplained {
            throw UntraceableGenerator(place: error.place)
        }
    }
}

extension Trace {
    /// Whether both have the same operations on the same constants.
    fileprivate func isSame(as other: Trace) -> Bool {
        operations.count == other.operations.count && shapes == other.shapes && output == other.output
            && zip(operations, other.operations).allSatisfy {
                $0.kind == $1.kind && $0.operands == $1.operands && $0.result == $1.result
            } && constants.keys == other.constants.keys
            && constants.allSatisfy { number, tensor in
                let theirs = other.constants[number]?.array ?? []
                return zip(tensor.array, theirs).allSatisfy { $0.bitPattern == $1.bitPattern }
                    && theirs.count == tensor.count
            }
    }
}
