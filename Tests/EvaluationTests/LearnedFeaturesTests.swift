import Evaluation
import Failure
import Foundation
import Kernels
import Layers
import Models
import NumericalTesting
import Storage
import TestSupport
import Testing

/// Files of features of one's own, and what is seen through them.
@Suite struct LearnedFeaturesTests {
    private static func network(_ channels: Int, seed: UInt64 = 1) -> FeatureNetwork {
        let classifier = FeatureClassifier(
            FeatureClassifierShape(resolution: 16, imageChannels: channels, classes: 4))
        let parameters = Parameters(classifier.declarations)
        parameters.initialize(seed: seed, network: 7)
        var samples = Samples(seed: seed)
        for entry in parameters.trained + parameters.untrained where entry.count <= 1024 {
            let moved = zip(parameters.view(entry).array, samples.floats(entry.count, 0...0.5)).map { $0 + $1 }
            Elementwise.copy(BufferView(moved), into: parameters.view(entry))
        }
        parameters.didChange()
        return FeatureNetwork(classifier, parameters)
    }

    private static func file(_ network: FeatureNetwork, _ task: FeatureTask = .classifier) -> LearnedFeaturesFile {
        LearnedFeaturesFile(
            task: task, shape: network.shape, classNames: task == .classifier ? ["a", "b", "c", "d"] : [],
            datasetID: "0123", images: 1000, imagesShown: 4000, heldOut: 200, heldOutRight: 151, batch: 128, seed: 5,
            program: "0.1.0")
    }

    private static func pixels(_ count: Int, _ side: Int, _ channels: Int, seed: UInt64 = 3) -> [Float] {
        var samples = Samples(seed: seed)
        return samples.floats(count * side * side * channels, 0...255)
    }

    private func withFile<Result>(
        channels: Int = 3, _ task: FeatureTask = .classifier, _ body: (String, FeatureNetwork) throws -> Result
    ) throws -> Result {
        try withTemporaryFolder { folder in
            let network = Self.network(channels)
            try Self.file(network, task).write(network.parameters, to: folder + "/features.h5")
            return try body(folder + "/features.h5", network)
        }
    }

    // MARK: What is written is what is read

    @Test func whatIsWrittenIsRead() throws {
        try withFile { path, network in
            let (file, found, hash) = try LearnedFeaturesFile.read(path)
            #expect(file.task == .classifier && file.shape == network.shape && file.classNames == ["a", "b", "c", "d"])
            #expect(file.datasetID == "0123" && file.images == 1000 && file.imagesShown == 4000 && file.seed == 5)
            #expect(file.heldOut == 200 && file.heldOutRight == 151 && file.accuracy == 0.755)
            #expect(file.batch == 128 && file.program == "0.1.0")
            #expect(found.parameters.values.array == network.parameters.values.array)
            #expect(found.parameters.state.array == network.parameters.state.array)
            #expect(hash.count == 32)
            let features = try LearnedFeatures(path: path)
            #expect(features.name == "classifier" && features.dimension == 128 && features.classes == 4)
            #expect(features.datasetID == "0123" && features.identity.contains(hash))
            for part in ["classifier of 4 classes", "0123", "75.5 %", "200", "16×16"] {
                #expect(features.title.contains(part), "\(features.title)")
            }
            let pixels = Self.pixels(5, 16, 3)
            let seen = try features.features(of: pixels, count: 5, resolution: 16, channels: 3)
            #expect(seen.features == network.look(at: pixels, count: 5, resolution: 16, channels: 3).features)
            #expect(seen.features.count == 5 * 128 && seen.probabilities.count == 20)
            for n in 0..<5 {
                let row = seen.probabilities[4 * n..<4 * n + 4]
                #expect(abs(row.reduce(0, +) - 1) < 1e-6 && row.allSatisfy { $0 > 0 && $0 < 1 }, "\(row)")
            }
        }
    }

    @Test func otherWeightsHaveAnotherIdentity() throws {
        try withTemporaryFolder { folder in
            let identities = try [UInt64(1), 1, 2].map { seed in
                let network = Self.network(1, seed: seed)
                try Self.file(network).write(network.parameters, to: folder + "/f.h5")
                return try LearnedFeatures(path: folder + "/f.h5").identity
            }
            #expect(identities[0] == identities[1] && identities[0] != identities[2])
        }
    }

    /// How an image lies is no class of images: nothing is said of probabilities.
    @Test func turnsAreNoClasses() throws {
        try withFile(.rotation) { path, _ in
            let features = try LearnedFeatures(path: path)
            #expect(features.name == "rotation" && features.classes == 0 && features.title.contains("quarter turns"))
            let seen = try features.features(of: Self.pixels(2, 16, 3), count: 2, resolution: 16, channels: 3)
            #expect(seen.features.count == 256 && seen.probabilities.isEmpty)
        }
    }

    // MARK: What is seen of an image

    /// The same bits whichever images are beside it, wherever it stands, and however many threads there are.
    @Test func anImageStandsForItself() throws {
        defer { Workers.stop() }
        let network = Self.network(3)
        let count = 71
        let size = 16 * 16 * 3
        let pixels = Self.pixels(count, 16, 3)
        func seen(_ numbers: [Int]) -> [[Float]] {
            let some = numbers.flatMap { pixels[$0 * size..<($0 + 1) * size] }
            let sight = network.look(at: some, count: numbers.count, resolution: 16, channels: 3)
            return numbers.indices.map {
                Array(sight.features[$0 * 128..<($0 + 1) * 128]) + sight.logits[$0 * 4..<($0 + 1) * 4]
            }
        }
        try Workers.start(threads: 1)
        let all = seen(Array(0..<count))
        #expect(Set(all.map { $0[0] }).count > count / 2)
        for threads in 1...3 {
            try Workers.start(threads: threads, spin: 0)
            #expect(seen(Array((0..<count).reversed())) == all.reversed(), "\(threads) threads")
            for n in [0, 1, 31, 32, 70] { #expect(seen([n]) == [all[n]], "image \(n), \(threads) threads") }
            #expect(seen([5, 5, 70]) == [all[5], all[5], all[70]])
        }
        #expect(network.look(at: [], count: 0, resolution: 16, channels: 3).features.isEmpty)
    }

    @Test func greyImagesAreColouredOnes() throws {
        try withFile { path, _ in
            let features = try LearnedFeatures(path: path)
            let grey = Self.pixels(3, 16, 1)
            let coloured = grey.flatMap { [$0, $0, $0] }
            let seen = try features.features(of: grey, count: 3, resolution: 16, channels: 1)
            let expected = try features.features(of: coloured, count: 3, resolution: 16, channels: 3)
            #expect(seen.features == expected.features && seen.probabilities == expected.probabilities)
        }
    }

    @Test func largerImagesAreReducedByMeans() throws {
        try withFile(channels: 1) { path, _ in
            let features = try LearnedFeatures(path: path)
            let large = Self.pixels(2, 64, 1)
            var small = [Float](repeating: 0, count: 2 * 16 * 16)
            for (i, value) in large.enumerated() {
                let (n, y, x) = (i / 4096, i / 64 % 64, i % 64)
                small[n * 256 + y / 4 * 16 + x / 4] += value / 16
            }
            let seen = try features.features(of: large, count: 2, resolution: 64, channels: 1)
            let expected = try features.features(of: small, count: 2, resolution: 16, channels: 1)
            #expect(relativeError(seen.features, expected.features) < 1e-5)
        }
    }

    static let unfit: [(Int, Int, String)] = [
        (8, 1, "8×8"), (48, 1, "48×48"), (16, 3, "3 channels"), (16, 2, "2 channels"), (0, 1, "0×0"),
    ]

    @Test(arguments: unfit) func otherImagesAreRefused(resolution: Int, channels: Int, says: String) throws {
        try withFile(channels: 1) { path, _ in
            let features = try LearnedFeatures(path: path)
            let error = thrown(EvaluationError.self) {
                try features.features(of: [], count: 0, resolution: resolution, channels: channels)
            }
            let text = try #require(error).description
            #expect(text.contains(path) && text.contains(says) && text.contains("looks at images of"), "\(text)")
        }
    }

    // MARK: Files that are something else

    /// A sealed file with other contents.
    private func refusal(
        _ change: (inout CheckpointContents) -> Void, as format: SealedFormat = .features
    ) throws -> (text: String, code: Int32) {
        try withFile { path, _ in
            var contents = try CheckpointFile.read(path, as: .features)
            change(&contents)
            try CheckpointFile.write(contents, to: path, as: format)
            do {
                _ = try LearnedFeatures(path: path)
            } catch let error as any ExitCoded {
                #expect("\(error)".contains(path), "\(error)")
                return ("\(error)", error.exitCode)
            }
            return ("none", 0)
        }
    }

    struct Forged: Sendable, CustomTestStringConvertible {
        let attribute: String
        let value: AttributeValue
        let says: String
        var testDescription: String { "\(attribute) \(value)" }
    }

    static let forged: [Forged] = [
        Forged(attribute: "kind", value: .string("inception-v3"), says: "kind"),
        Forged(attribute: "kind", value: .int(3), says: "kind"),
        Forged(attribute: "kind", value: .string("rotation"), says: "class_names"),
        Forged(attribute: "resolution", value: .int(0), says: "resolution"),
        Forged(attribute: "resolution", value: .int(-16), says: "resolution"),
        Forged(attribute: "resolution", value: .int(1 << 40), says: "resolution"),
        Forged(attribute: "resolution", value: .int(32), says: "there are 3 widths"),
        Forged(attribute: "resolution", value: .string("16"), says: "resolution"),
        Forged(attribute: "channels", value: .int(1), says: "network/stem.weight has shape"),
        Forged(attribute: "channels", value: .int(1 << 62), says: "channels"),
        Forged(attribute: "classes", value: .int(5), says: "names"),
        Forged(attribute: "classes", value: .int(1 << 50), says: "classes"),
        Forged(attribute: "widths", value: .ints([32, 64, 1 << 40]), says: "a width is"),
        Forged(attribute: "widths", value: .ints([32, 64, -128]), says: "a width is -128"),
        Forged(attribute: "widths", value: .ints([512, 512, 512]), says: "dimension"),
        Forged(attribute: "widths", value: .ints([16, 64, 128]), says: "network/stem.weight has shape"),
        Forged(attribute: "widths", value: .ints([]), says: "widths"),
        Forged(attribute: "widths", value: .doubles([32, 64, .nan]), says: "widths"),
        Forged(attribute: "dimension", value: .int(127), says: "dimension"),
        Forged(attribute: "class_names", value: .strings(["a"]), says: "class_names"),
        Forged(attribute: "dataset_id", value: .int(1), says: "dataset_id"),
        Forged(attribute: "images", value: .int(-1), says: "images"),
        Forged(attribute: "held_out", value: .int(0), says: "held_out"),
        Forged(attribute: "held_out_right", value: .int(201), says: "held_out_right"),
        Forged(attribute: "seed", value: .double(.nan), says: "seed"),
        Forged(attribute: "batch", value: .double(.infinity), says: "batch"),
    ]

    @Test(arguments: forged) func whatItClaimsIsChecked(_ forged: Forged) throws {
        let found = try refusal { contents in
            contents.attributes.removeAll { $0.0 == forged.attribute }
            contents.attributes.append((forged.attribute, forged.value))
        }
        #expect(found.code == ExitCode.badData && found.text.contains(forged.says), "\(found)")
    }

    static let needed = [
        "kind", "resolution", "channels", "classes", "widths", "dimension", "dataset_id", "images", "images_shown",
        "held_out", "held_out_right", "batch", "seed", "program",
    ]

    @Test(arguments: needed) func nothingMayBeMissing(attribute: String) throws {
        let found = try refusal { contents in contents.attributes.removeAll { $0.0 == attribute } }
        #expect(found.code == ExitCode.badData && found.text.contains("attribute \(attribute) is missing"), "\(found)")
    }

    @Test func weightsAreChecked() throws {
        func place(_ contents: CheckpointContents, _ name: String) -> Int {
            contents.arrays.firstIndex { $0.path == "network/" + name } ?? 0
        }
        var found = try refusal { contents in contents.arrays.remove(at: place(contents, "classes.bias")) }
        #expect(found.code == 65 && found.text.contains("network/classes.bias is missing"), "\(found)")
        found = try refusal { contents in contents.arrays.append(("network/more", [1], [1])) }
        #expect(found.code == 65 && found.text.contains("network/more"), "\(found)")
        found = try refusal { contents in
            contents.arrays[place(contents, "stage1.conv1.weight")].values[7] = .nan
        }
        #expect(found.code == 65 && found.text.contains("network/stage1.conv1.weight holds nan"), "\(found)")
        found = try refusal { contents in
            contents.arrays[place(contents, "stem.norm.running_var")].values[0] = -1
        }
        #expect(found.code == 65 && found.text.contains("running_var has negative numbers"), "\(found)")
        found = try refusal { contents in
            let k = place(contents, "stem.norm.weight")
            contents.arrays[k].shape = [2, 16]
        }
        #expect(found.code == 65 && found.text.contains("has shape [2, 16], expected [32]"), "\(found)")
    }

    @Test func itMustBeAFeaturesFile() throws {
        let checkpoint = try refusal({ _ in }, as: .checkpoint)
        #expect(checkpoint.code == 65 && checkpoint.text.contains("expected \"ganglion-features\""), "\(checkpoint)")
        try withTemporaryFolder { folder in
            let error = thrown(CheckpointError.self) { try LearnedFeatures(path: folder + "/none.h5") }
            #expect(error?.exitCode == ExitCode.missingInput)
            #expect(error?.description == "\(folder)/none.h5: no such features file")
        }
    }

    /// One byte of it is another, or it was cut short.
    @Test func damageIsFound() throws {
        try withFile { path, _ in
            let bytes = try [UInt8](Data(contentsOf: URL(fileURLWithPath: path)))
            func code(_ bytes: [UInt8]) throws -> Int32? {
                try Data(bytes).write(to: URL(fileURLWithPath: path))
                do { _ = try LearnedFeatures(path: path) } catch let error as any ExitCoded { return error.exitCode }
                return nil
            }
            for place in [0, 100, bytes.count / 2, bytes.count - 1] {
                var damaged = bytes
                damaged[place] ^= 0x10
                #expect(try code(damaged) == ExitCode.badData, "byte \(place)")
            }
            for length in [0, 10, bytes.count / 2, bytes.count - 1] {
                #expect(try code(Array(bytes.prefix(length))) == ExitCode.badData, "\(length) bytes")
            }
            let whole = try code(bytes)
            #expect(whole == nil)
        }
    }
}
