import Failure
import Kernels
import Layers
import Storage

/// State to and from files.
extension TrainingState {
    /// The whole state, by value: arrays in the reference's layout, counters as attributes.
    public var contents: CheckpointContents {
        CheckpointContents(
            arrays: tensors.map { ($0.name, $0.layout.referenceShape, $0.layout.toReference($0.view.array)) },
            attributes: counters.attributes)
    }

    /// Takes over all arrays and counters of a checkpoint.
    ///
    /// - Parameter check: is given the counters before anything is changed, and may throw.
    /// - Throws: ``StateError`` or ``CheckpointError`` naming the file, the array or attribute, what was found and what
    ///   is expected; nothing is changed then.
    public func load(
        _ contents: CheckpointContents, path: String, check: (TrainingCounters) throws -> Void = { _ in }
    ) throws {
        let counters = try TrainingCounters(contents, path: path)
        try check(counters)
        for (group, parameters) in networks { try Self.checkNormalization(of: parameters, group, contents, path: path) }
        let loads = try tensors.map { ($0.view, try StoredTensor.values(of: $0, in: contents, path: path)) }
        if let found = contents.firstNotFinite { throw StoredTensor.notFinite(found, path: path) }
        for (view, values) in loads { Elementwise.copy(BufferView(values), into: view) }
        didChange()
        self.counters = counters
    }

    /// Takes over the networks alone: no counters, no moments.
    ///
    /// - Parameters:
    ///   - source: the group of the file that a network's values are in.
    ///   - optional: by group, names of parameters that keep their values where the file does not have them.
    /// - Returns: the paths of those; and what of the file's networks these do not have.
    /// - Throws: as ``load(_:path:check:)``.
    public func transfer(
        _ contents: CheckpointContents, path: String, source: (String) -> String, optional: (String) -> Set<String>
    ) throws -> (missing: [String], left: [String]) {
        var loads: [(BufferView, [Float])] = []
        var (missing, left): ([String], [String]) = ([], [])
        for (group, parameters) in networks {
            let (from, mayLack) = (source(group), optional(group))
            if from == group {
                left += contents.arrays.map(\.path).filter { path in
                    path.hasPrefix(group + "/")
                        && parameters.entry(named: String(path.dropFirst(group.count + 1))) == nil
                }
            }
            try Self.checkNormalization(of: parameters, from, contents, path: path)
            for entry in parameters.trained + parameters.untrained {
                let stored = NamedTensor("\(from)/\(entry.name)", entry.declaration.layout, parameters.view(entry))
                if mayLack.contains(entry.name), contents.array(stored.name) == nil {
                    missing.append("\(group)/\(entry.name)")
                } else {
                    loads.append((stored.view, try StoredTensor.values(of: stored, in: contents, path: path)))
                }
            }
        }
        for (view, values) in loads { Elementwise.copy(BufferView(values), into: view) }
        didChange()
        return (missing, left)
    }

    /// Weights that are stored to be normalised are of another size than those that are used as they are.
    ///
    /// - Throws: ``StateError`` where the file's are normalised and the network's are not. (Otherwise what the network
    ///   keeps of its normalisation is missing.)
    private static func checkNormalization(
        of parameters: Parameters, _ group: String, _ contents: CheckpointContents, path: String
    ) throws {
        for entry in parameters.trained where entry.declaration.reparametrization == nil {
            let found = SpectralNormalization.namesOfU(of: entry.name).first {
                parameters.entry(named: $0) == nil && contents.array("\(group)/\($0)") != nil
            }
            guard let found else { continue }
            throw StateError(
                path: path,
                reason: "\(group)/\(found) is there, but this run does not normalise \(entry.name): set "
                    + "model.spectral_norm as it was")
        }
    }
}

/// Arrays as they stand in files.
public enum StoredTensor {
    /// Its values in the kernels' layout, which are finite.
    public static func values(
        of tensor: NamedTensor, in contents: CheckpointContents, path: String
    ) throws -> [Float] {
        let array = try array(tensor.name, tensor.layout, in: contents, path: path)
        if let complaint = FiniteNumbers.complaint(of: array.values) {
            throw notFinite("\(tensor.name) \(complaint)", path: path)
        }
        return tensor.layout.fromReference(array.values)
    }

    /// The array of this name, of the shape that is expected.
    public static func array(
        _ name: String, _ layout: ParameterLayout, in contents: CheckpointContents, path: String
    ) throws -> (shape: [Int], values: [Float]) {
        guard let array = contents.array(name) else {
            throw StateError(
                path: path,
                reason: "\(name) is missing, expected shape \(layout.referenceShape): it holds another architecture")
        }
        guard array.shape == layout.referenceShape else {
            throw StateError(
                path: path,
                reason: "\(name) has shape \(array.shape), expected \(layout.referenceShape): it holds another "
                    + "architecture")
        }
        guard array.values.count == layout.count else {
            throw StateError(
                path: path, reason: "\(name) has \(array.values.count) elements, expected \(layout.count)")
        }
        return array
    }

    static func notFinite(_ found: String, path: String) -> CheckpointError {
        CheckpointError(
            path: path, reason: "\(found): its training had overflowed; take an older checkpoint of its run",
            exitCode: ExitCode.badData)
    }
}

/// A checkpoint that does not fit this run.
public struct StateError: ExitCoded, CustomStringConvertible {
    public let path: String
    public let reason: String
    public let exitCode: Int32 = ExitCode.badConfiguration
    public var description: String { "\(path): \(reason)" }

    public init(path: String, reason: String) {
        self.path = path
        self.reason = reason
    }
}
