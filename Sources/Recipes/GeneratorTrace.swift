import Autodiff
import Layers
import Models
import Storage

/// A generator's forward pass, written down for one sample; see ``Trace``.
public struct GeneratorTrace {
    /// What the generator is fed.
    public enum Input: Hashable, Sendable {
        /// [N, zDim]
        case z
        /// [N, labelDim]: of classes one 1 and zeros; of numbers these as networks see them, and a 1 behind them.
        case labels
        /// [1, 1], ψ, of generators with styles.
        case truncation
        /// [N, H, W, conditionChannels]: of label maps one 1 and zeros at each pixel; of images these as networks see them.
        case condition
        /// [N, h, w, channels]: what dropout multiplies a map by, 1 for none; by its place.
        case dropout(Int, height: Int, width: Int, channels: Int)
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
        let input = tracedInput(seed: seed)
        var inputs: [(kind: GeneratorTrace.Input, tensor: Tensor)] = []
        if let condition = input.condition { inputs.append((.condition, condition)) }
        if generator.zDim > 0 { inputs.append((.z, input.z)) }
        if let labels = input.labels { inputs.append((.labels, labels)) }
        for (place, factors) in (input.dropout ?? []).enumerated() {
            let shape = factors.shape
            inputs.append((.dropout(place, height: shape[1], width: shape[2], channels: shape[3]), factors))
        }
        var forward = { generator(input, weights).image }
        if let network = generator as? StyleGAN2Generator {
            // As an operand it must not be a constant of all seeds, nor 1.
            let psi = Tensor([Float(0.5) + Float(seed) / 8], shape: [1, 1])
            inputs.append((.truncation, psi))
            forward = {
                let w = network.mapping(input.z, labels: input.labels, weights)
                let styles = network.truncated(w, by: psi, weights)
                return network.synthesize(ws: network.broadcast(styles), noise: .constant, weights).image
            }
        }
        do {
            return GeneratorTrace(
                trace: try Trace(of: inputs.map(\.tensor), forward), inputs: inputs.map(\.kind))
        } catch let error as Trace.Unexplained {
            throw UntraceableGenerator(place: error.place)
        }
    }

    /// Of one sample; what conditions its pixels is drawn, of the size that the run's images had.
    private func tracedInput(seed: Int) -> GeneratorInput {
        let (size, channels) = (generator.imageSize, generator.conditionChannels)
        guard channels > 0 else {
            let label = generator.labelDim == 0 ? nil : [seed % generator.labelDim]
            return SampleImages.input(generator, seeds: [seed], classes: label, truncation: 1)
        }
        let drawn = Randomizer(seed: 0).normals(
            .sample, step: 1, samples: seed..<seed + 1, shape: [size.height, size.width, channels])
        return translationInput(
            conditions: .images(drawn.array, height: size.height, width: size.width), seeds: [seed])
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
