import Configuration
import Failure
import Kernels
import Layers
import Models
import Reporting
import Storage

/// What a checkpoint holds of a trainer, and how it comes back.
extension Trainer {
    /// The whole state, by value. Parameters are in the reference's layout, moments in the kernels'.
    ///
    /// - Parameter classNames: of the data set, where it knows them.
    public func checkpoint(datasetID: String, ranks: Int, classNames: [String] = []) -> CheckpointContents {
        var contents = CheckpointContents()
        for (group, parameters) in groups {
            for entry in parameters.trained + parameters.untrained {
                let layout = entry.declaration.layout
                contents.arrays.append(
                    (
                        "\(group)/\(entry.name)", layout.referenceShape,
                        layout.toReference(parameters.view(entry).array)
                    ))
            }
        }
        for (path, view) in moments { contents.arrays.append((path, [view.count], view.array)) }
        contents.arrays.append(("state/pl_mean", [], [pathMean]))
        contents.attributes = [
            ("config", .string(configuration.yaml)), ("images_shown", .int(imagesShown)), ("step", .int(step)),
            ("dataset_id", .string(datasetID)), ("ranks", .int(ranks)), ("resolution", .int(configuration.resolution)),
            ("channels", .int(configuration.channels)), ("classes", .int(configuration.classes)),
            ("optimizer_steps_generator", .int(optimizerG.steps)),
            ("optimizer_steps_discriminator", .int(optimizerD.steps)),
        ]
        if configuration.labelDimension > 0, !classNames.isEmpty {
            contents.attributes.append((ClassNames.attribute, .strings(classNames)))
        }
        contents.attributes += growthAttributes + numbers.leftOut.attributes
        return contents
    }

    /// Goes on where a checkpoint stands.
    ///
    /// - Returns: what differs between the checkpoint's configuration and this run's, to be told.
    /// - Throws: ``StateError`` naming the file, the array or key, what was found and what this run expects; nothing is
    ///   changed then.
    @discardableResult
    public func resume(_ contents: CheckpointContents, path: String, datasetID: String) throws -> [String] {
        let counters = try Counters(contents, path: path)
        let changes = try changes(from: contents, path: path)
        let grown = try GrowthProgress(contents, path: path)
        let leftOut = try LeftOut(contents, path: path)
        let lastLevel = try GrowthLevel(contents, path: path, final: configuration.resolution)
        guard counters.datasetID == datasetID else {
            throw StateError(
                path: path,
                reason: "was trained on the data set \(counters.datasetID), but --data is \(datasetID);"
                    + " give the data set it was trained on, or start a new run with --transfer")
        }
        let loads = try groups.flatMap { try Self.loads(contents, path: path, group: $0.0, into: $0.1) }
        if let found = contents.firstNotFinite { throw ParameterFile.notFinite(found, path: path) }
        let restores = try moments.map { name, view in
            guard let array = contents.array(name), array.values.count == view.count else {
                throw StateError(
                    path: path,
                    reason: "\(name) has \(contents.array(name)?.values.count ?? 0) elements, expected "
                        + "\(view.count): it belongs to another network")
            }
            return (view, array.values)
        }
        guard let mean = contents.array("state/pl_mean")?.values.first else {
            throw StateError(path: path, reason: "state/pl_mean is missing")
        }
        for (view, values) in loads + restores { Elementwise.copy(BufferView(values), into: view) }
        for (_, parameters) in groups { parameters.didChange() }
        pathMean = mean
        growth = grown
        numbers.leftOut = leftOut
        level = lastLevel
        step = counters.step
        imagesShown = counters.imagesShown
        optimizerG.steps = counters.generatorSteps
        optimizerD.steps = counters.discriminatorSteps
        return changes
    }

    /// Keys that differ from the checkpoint's configuration.
    ///
    /// - Throws: ``StateError`` for those that decide which images and numbers come next: with another value a run
    ///   would show some images twice and others never; and for those of the schedule of growing, unless the command
    ///   line names them.
    private func changes(from contents: CheckpointContents, path: String) throws -> [String] {
        guard let text = contents.attribute("config")?.stringValue else { return [] }
        let (former, unknown) = try Configuration.parseStored(yaml: text, name: path)
        let current = configuration.configuration
        let ordering = ["seed", "data.mirror"]
        let schedule = ["enabled", "start", "final", "training_kimg", "transition_kimg", "trigger"]
            .map { "growing.\($0)" }
        let harmless = ["preset", "kimg", "data.path"]
        // Transitions that plateaus have decided count from the first resolution.
        let decided = try GrowthProgress(contents, path: path).transitions.count
        let grows = former.growing.enabled || current.growing.enabled
        var told = unknown.map { "\($0.key) was \($0.value); this version does not know the key" }
        var refused: [(key: String, old: String, new: String)] = []
        for (key, old, new) in Configuration.differences(former.entries, current.entries)
        where !harmless.contains(key) && (grows || !key.hasPrefix("growing.")) {
            let (old, new) = (old ?? "none", new ?? "none")
            if ordering.contains(key) {
                throw StateError(
                    path: path,
                    reason: "was trained with \(key)=\(old), but this run has \(new); go on with \(key)=\(old), "
                        + "or start a new run with --transfer")
            }
            if key == "model.family" {
                throw StateError(
                    path: path,
                    reason: "was trained with \(key)=\(old), but this run has \(new); go on with \(key)=\(old), best "
                        + "with its preset or the config.yaml of its run, or start a new run")
            }
            let isDecided = key == "growing.start" && decided > 0
            if isDecided || schedule.contains(key) && !current.explicitKeys.contains(key) {
                refused.append((key, old, new))
                continue
            }
            told.append("\(key) was \(old.isEmpty ? "none" : old), is now \(new.isEmpty ? "none" : new)")
        }
        guard refused.isEmpty else {
            let old = refused.map { "\($0.key)=\($0.old)" }
            throw StateError(
                path: path,
                reason: "was trained with \(old.joined(separator: ", ")), but this run has "
                    + refused.map { "\($0.key)=\($0.new)" }.joined(separator: ", ")
                    + ", which would change the schedule of its growth; go on with \(old.joined(separator: " ")), or give "
                    + refused.map { "--set \($0.key)=\($0.new)" }.joined(separator: " ") + " to change it on purpose")
        }
        return told
    }

    /// Starts a new run from the networks of a checkpoint, which may be built from reference weights: no counters, no
    /// moments. A missing average is the generator itself; a missing decoder, and entries for images of resolutions that
    /// the file's discriminator does not take, keep their initial values.
    ///
    /// - Returns: what of the networks the file does not have, or has not trained, to be told.
    public func transfer(_ contents: CheckpointContents, path: String) throws -> [String] {
        let hasAverage = contents.arrays.contains { $0.path.hasPrefix("ema/") }
        var loads: [(BufferView, [Float])] = []
        var missing: [String] = []
        for (group, parameters) in groups {
            let source = group == "ema" && !hasAverage ? "generator" : group
            let entries = Self.entriesOfLowerResolutions(configuration.resolution)
            let optional = parameters.trained.map(\.name).filter { name in
                name.contains("_dec.") || entries.contains { name.hasPrefix($0) }
            }
            let absent = optional.filter { contents.array("\(source)/\($0)") == nil }
            missing += absent.map { "\(path) has no \(group)/\($0): it keeps its initial values" }
            loads += try Self.loads(contents, path: path, group: source, into: parameters, except: Set(absent))
        }
        for (view, values) in loads { Elementwise.copy(BufferView(values), into: view) }
        for (_, parameters) in groups { parameters.didChange() }
        let own = configuration.resolution
        let final = max(own, contents.attribute("resolution")?.intValue ?? own)
        if let grown = try GrowthLevel(contents, path: path, final: final), grown.resolution < own || grown.isFading {
            let text = Progress.Growth(resolution: grown.resolution, fade: grown.fade).text
            missing.append("\(path) was still growing, at \(text) of \(final)²: not all of its layers are trained")
        }
        return missing
    }

    /// What a StyleGAN2 discriminator that never grew does not have.
    private static func entriesOfLowerResolutions(_ resolution: Int) -> [String] {
        sequence(first: 4) { $0 * 2 }.prefix { $0 < resolution }.map { "b\($0).fromrgb." }
    }

    /// The networks, by the names of their groups in a checkpoint.
    var groups: [(String, Parameters)] {
        [("generator", networks.g), ("discriminator", networks.d), ("ema", networks.average)]
    }

    /// The optimisers' moments, by their names in a checkpoint.
    var moments: [(String, BufferView)] {
        [
            ("optimizer/generator/m", optimizerG.firstMoments), ("optimizer/generator/v", optimizerG.secondMoments),
            ("optimizer/discriminator/m", optimizerD.firstMoments),
            ("optimizer/discriminator/v", optimizerD.secondMoments),
        ]
    }

    private static func loads(
        _ contents: CheckpointContents, path: String, group: String, into parameters: Parameters,
        except: Set<String> = []
    ) throws -> [(BufferView, [Float])] {
        try (parameters.trained + parameters.untrained).filter { !except.contains($0.name) }.map { entry in
            (parameters.view(entry), try ParameterFile.values(of: entry, in: contents, group: group, path: path))
        }
    }

    /// All state as flat buffers, for a broadcast from rank 0.
    var sharedBuffers: [BufferView] {
        groups.flatMap { [$0.1.values, $0.1.state] } + moments.map(\.1)
    }

    private struct Counters {
        var step: Int
        var imagesShown: Int
        var generatorSteps: Int
        var discriminatorSteps: Int
        var datasetID: String

        init(_ contents: CheckpointContents, path: String) throws {
            func integer(_ name: String) throws -> Int {
                guard let value = contents.attribute(name)?.intValue else {
                    throw StateError(
                        path: path,
                        reason: "the attribute \(name) is missing: it is no checkpoint of a run; "
                            + "to start from its networks use --transfer")
                }
                return value
            }
            step = try integer("step")
            imagesShown = try integer("images_shown")
            generatorSteps = try integer("optimizer_steps_generator")
            discriminatorSteps = try integer("optimizer_steps_discriminator")
            datasetID = contents.attribute("dataset_id")?.stringValue ?? "(none)"
        }
    }
}

/// Parameters as they stand in files.
enum ParameterFile {
    /// The values of one parameter in the kernels' layout.
    static func values(
        of entry: Parameters.Entry, in contents: CheckpointContents, group: String, path: String
    ) throws -> [Float] {
        let array = try array(of: entry.declaration, in: contents, group: group, path: path)
        if let complaint = FiniteNumbers.complaint(of: array.values) {
            throw notFinite("\(group)/\(entry.name) \(complaint)", path: path)
        }
        return entry.declaration.layout.fromReference(array.values)
    }

    /// One parameter as it stands in the file, of the shape that is expected.
    static func array(
        of declaration: ParameterDeclaration, in contents: CheckpointContents, group: String, path: String
    ) throws -> (shape: [Int], values: [Float]) {
        let layout = declaration.layout
        guard let array = contents.array("\(group)/\(declaration.name)") else {
            throw StateError(
                path: path,
                reason: "\(group)/\(declaration.name) is missing, expected shape \(layout.referenceShape): "
                    + "it holds another architecture")
        }
        guard array.shape == layout.referenceShape else {
            throw StateError(
                path: path,
                reason: "\(group)/\(declaration.name) has shape \(array.shape), expected "
                    + "\(layout.referenceShape): it holds another architecture")
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
}
