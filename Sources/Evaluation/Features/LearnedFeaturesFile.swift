import Failure
import Kernels
import Layers
import Models
import Storage

/// What a file of learned features holds beside the weights: which network, trained on what, and how well.
public struct LearnedFeaturesFile: Sendable {
    public var task: FeatureTask
    public var shape: FeatureClassifierShape
    /// Empty where nobody has told them.
    public var classNames: [String]
    /// Of the data set that it was trained on.
    public var datasetID: String
    /// Images of the data set, those held out among them.
    public var images: Int
    /// Images shown while it learned.
    public var imagesShown: Int
    /// Images, with rotation turned images, of a segmenter pixels, that it never learned from.
    public var heldOut: Int
    /// Of those, how many it told right.
    public var heldOutRight: Int
    public var batch: Int
    public var seed: Int
    /// The version of `ganglion` that wrote it.
    public var program: String
    /// Of a segmenter, mean intersection over union on the held-out images.
    public var heldOutIntersection: Double?
    /// Of a segmenter, a class of label maps that it has not learned, as it is no class of any; nil where it knows all.
    public var ignoredClass: Int?

    /// Share of the held-out images that it told right.
    public var accuracy: Double { heldOut == 0 ? 0 : Double(heldOutRight) / Double(heldOut) }

    public init(
        task: FeatureTask, shape: FeatureClassifierShape, classNames: [String], datasetID: String, images: Int,
        imagesShown: Int, heldOut: Int, heldOutRight: Int, batch: Int, seed: Int, program: String,
        heldOutIntersection: Double? = nil, ignoredClass: Int? = nil
    ) {
        self.task = task
        self.shape = shape
        self.classNames = classNames
        self.datasetID = datasetID
        self.images = images
        self.imagesShown = imagesShown
        self.heldOut = heldOut
        self.heldOutRight = heldOutRight
        self.batch = batch
        self.seed = seed
        self.program = program
        self.heldOutIntersection = heldOutIntersection
        self.ignoredClass = ignoredClass
    }

    private static let group = "network/"

    /// Writes it with the weights, whole or not at all.
    ///
    /// - Throws: as ``CheckpointFile/write(_:to:as:)``.
    public func write(_ parameters: Parameters, to path: String) throws {
        var attributes: [(String, AttributeValue)] = [
            ("kind", .string(task.rawValue)), ("resolution", .int(shape.resolution)),
            ("channels", .int(shape.imageChannels)), ("classes", .int(shape.classes)),
            ("widths", .ints(shape.widths)), ("dimension", .int(shape.dimension)),
            ("dataset_id", .string(datasetID)), ("images", .int(images)), ("images_shown", .int(imagesShown)),
            ("held_out", .int(heldOut)), ("held_out_right", .int(heldOutRight)),
            ("held_out_accuracy", .double(accuracy)), ("batch", .int(batch)), ("seed", .int(seed)),
            ("program", .string(program)),
        ]
        if let heldOutIntersection { attributes.append(("held_out_miou", .double(heldOutIntersection))) }
        if let ignoredClass { attributes.append(("ignored_class", .int(ignoredClass))) }
        if !classNames.isEmpty { attributes.append(("class_names", .strings(classNames))) }
        let arrays = (parameters.trained + parameters.untrained).map { entry in
            let layout = entry.declaration.layout
            return (
                path: Self.group + entry.name, shape: layout.referenceShape,
                values: layout.toReference(parameters.view(entry).array)
            )
        }
        try CheckpointFile.write(
            CheckpointContents(arrays: arrays, attributes: attributes), to: path, as: .features)
    }

    /// Reads a file, and checks all that it claims against what it holds.
    ///
    /// - Returns: what it says, the network with its weights, and a hash of all weights.
    /// - Throws: an ``ExitCoded`` error that names the file, what was found and what was expected: 66 where it is
    ///   missing, 65 where it is damaged or no such file.
    public static func read(_ path: String) throws -> (file: LearnedFeaturesFile, network: FeatureNetwork, hash: String)
    {
        let contents = try CheckpointFile.read(path, as: .features)
        let file = try LearnedFeaturesFile(contents, path)
        guard file.task != .segmenter else {
            throw EvaluationError("\(path): holds a segmenter, expected a network with features")
        }
        let network = FeatureClassifier(file.shape)
        return (
            file, FeatureNetwork(network, try parameters(network.declarations, contents, path)), contents.arraysDigest
        )
    }

    /// Reads the file of a segmenter, likewise.
    public static func readSegmenter(
        _ path: String
    ) throws -> (file: LearnedFeaturesFile, network: SegmenterNetwork, hash: String) {
        let contents = try CheckpointFile.read(path, as: .features)
        if let kind = contents.attribute("kind")?.stringValue, kind != FeatureTask.segmenter.rawValue {
            throw EvaluationError(
                "\(path): holds a network of the kind \(kind), expected a segmenter: a file of "
                    + "`ganglion features train --maps`")
        }
        let file = try LearnedFeaturesFile(contents, path)
        let network = Segmenter(file.shape)
        return (
            file,
            SegmenterNetwork(
                network, try parameters(network.declarations, contents, path), ignored: file.ignoredClass),
            contents.arraysDigest
        )
    }

    private static func parameters(
        _ declarations: [ParameterDeclaration], _ contents: CheckpointContents, _ path: String
    ) throws -> Parameters {
        // All shapes before any memory is taken for the sizes that a file claims.
        for declaration in declarations {
            let (name, expected) = (group + declaration.name, declaration.layout.referenceShape)
            guard let found = contents.array(name) else {
                throw EvaluationError("\(path): \(name) is missing, expected shape \(expected)")
            }
            guard found.shape == expected, found.values.count == declaration.layout.count else {
                throw EvaluationError("\(path): \(name) has shape \(found.shape), expected \(expected)")
            }
        }
        let known = Set(declarations.map { group + $0.name })
        if let other = contents.arrays.first(where: { !known.contains($0.path) }) {
            throw EvaluationError("\(path): holds \(other.path), which the network that it describes does not have")
        }
        let parameters = Parameters(declarations)
        for entry in parameters.trained + parameters.untrained {
            guard let found = contents.array(group + entry.name) else { continue }
            Elementwise.copy(
                BufferView(entry.declaration.layout.fromReference(found.values)), into: parameters.view(entry))
            if entry.name.hasSuffix(BatchNormalizationNames.pyTorch.variance), found.values.contains(where: { $0 < 0 })
            {
                throw EvaluationError("\(path): \(group)\(entry.name) has negative numbers, expected variances")
            }
        }
        parameters.didChange()
        return parameters
    }

    private init(_ contents: CheckpointContents, _ path: String) throws {
        func wrong(_ name: String, _ expected: String) -> EvaluationError {
            let found = contents.attribute(name).map { "'\($0)'" } ?? "missing"
            return EvaluationError("\(path): attribute \(name) is \(found), expected \(expected)")
        }
        func number(_ name: String, _ range: ClosedRange<Int>) throws -> Int {
            guard let value = contents.attribute(name)?.intValue, range.contains(value) else {
                throw wrong(
                    name,
                    range.lowerBound == range.upperBound
                        ? "\(range.lowerBound)"
                        : range.upperBound == Int.max
                            ? "\(range.lowerBound) or more" : "\(range.lowerBound) to \(range.upperBound)")
            }
            return value
        }
        func text(_ name: String) throws -> String {
            guard let value = contents.attribute(name)?.stringValue else { throw wrong(name, "a text") }
            return value
        }
        guard let task = (try FeatureTask(rawValue: text("kind"))) else {
            throw wrong("kind", FeatureTask.allCases.map(\.rawValue).joined(separator: " or "))
        }
        heldOutIntersection = nil
        if task == .segmenter {
            guard let share = contents.attribute("held_out_miou")?.doubleValue, (0...1).contains(share) else {
                throw wrong("held_out_miou", "a number from 0 to 1")
            }
            heldOutIntersection = share
        }
        let widths: [Int]
        switch contents.attribute("widths") {
        case .ints(let values): widths = values
        default: throw wrong("widths", "a list of whole numbers")
        }
        let (resolution, channels) = (try number("resolution", 1...Int.max), try number("channels", 1...Int.max))
        let classes = try number("classes", 1...Int.max)
        if let problem = FeatureClassifierShape.problem(
            resolution: resolution, imageChannels: channels, classes: classes, widths: widths)
        {
            throw EvaluationError("\(path): \(problem)")
        }
        self.task = task
        shape = FeatureClassifierShape(
            resolution: resolution, imageChannels: channels, classes: classes, widths: widths)
        guard task != .segmenter || classes <= FeatureTask.mostMapClasses else {
            throw wrong("classes", "at most \(FeatureTask.mostMapClasses) of label maps")
        }
        guard task != .rotation || classes == FeatureTask.turns else {
            throw wrong("classes", "\(FeatureTask.turns) quarter turns")
        }
        ignoredClass = nil
        if contents.attribute("ignored_class") != nil {
            // As `data.dont_care` has it.
            guard task == .segmenter else { throw wrong("ignored_class", "none of a \(task.rawValue)") }
            ignoredClass = try number("ignored_class", 0...0)
            guard classes > 2 else { throw wrong("classes", "3 or more, of which one does not count") }
        }
        _ = try number("dimension", shape.dimension...shape.dimension)
        classNames = []
        if let names = contents.attribute("class_names") {
            guard task != .rotation, let list = names.stringsValue, list.count == classes else {
                throw wrong("class_names", task == .rotation ? "none of quarter turns" : "\(classes) names")
            }
            classNames = list
        }
        datasetID = try text("dataset_id")
        images = try number("images", 1...Int.max)
        imagesShown = try number("images_shown", 1...Int.max)
        heldOut = try number("held_out", 1...Int.max)
        heldOutRight = try number("held_out_right", 0...heldOut)
        batch = try number("batch", 1...Int.max)
        seed = try number("seed", 0...Int.max)
        program = try text("program")
    }
}
