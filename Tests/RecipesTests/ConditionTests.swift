import Autodiff
import Configuration
import Models
import NumericalTesting
import Recipes
import SmallRuns
import Storage
import TestSupport
import Testing

/// What networks are told of samples: classes, numbers, or that both are left out.
@Suite struct ConditionTests {
    @Test func tensorsOfConditions() {
        let classes = DatasetConditions.classes([2, 0, 1])
        #expect(classes.count == 3)
        #expect(classes.tensor(rows: [0, 2], dimension: 3).array == [0, 0, 1, 0, 1, 0])
        #expect(classes.tensor(rows: [0, 2], dimension: 3, isGiven: [false, true]).array == [0, 0, 0, 0, 1, 0])
        let vectors = DatasetConditions.vectors([1, 2, 3, 4, 5, 6], components: 2)
        #expect(vectors.count == 3)
        let given = vectors.tensor(rows: [2, 0], dimension: 3)
        #expect(given.shape == [2, 3] && given.array == [5, 6, 1, 1, 2, 1])
        let left = vectors.tensor(rows: [2, 0], dimension: 3, isGiven: [true, false])
        #expect(left.array == [5, 6, 1, 0, 0, -1])
    }

    private func generator(labelDim: Int) -> StyleGAN2Generator {
        StyleGAN2Generator(
            StyleGAN2Shape(
                resolution: 8, imageChannels: 3, zDim: 8, wDim: 8, labelDim: labelDim, mappingLayers: 1,
                channelBase: 64, channelMax: 8))
    }

    private func labels(
        _ conditions: DatasetConditions?, dropout: Double, samples: Range<Int> = 0..<64, step: Int = 3, stream: Int = 2,
        labelDim: Int = 3
    ) -> Tensor? {
        PhaseInputs(
            randomizer: Randomizer(seed: 5), styleMixing: 0, conditions: conditions, dropout: dropout
        ).generatorInput(
            generator(labelDim: labelDim), step: step, phase: .discriminatorMain, stream: stream, samples: samples
        ).labels
    }

    private static let vectors = DatasetConditions.vectors(Small.datasetVectors, components: 2)

    /// Of a fake its number alone decides, not its microbatch: whole rows of the data set.
    @Test(arguments: [0, 0.4]) func fakesHaveConditionsOfTheDataSet(_ dropout: Double) throws {
        let all = try #require(labels(Self.vectors, dropout: dropout))
        #expect(all.shape == [64, 3])
        let parts = (0..<16).flatMap {
            labels(Self.vectors, dropout: dropout, samples: 4 * $0..<4 * $0 + 4)?.array ?? []
        }
        #expect(parts == all.array)
        let rows = Set((0..<6).map { Array(Small.datasetVectors[2 * $0..<2 * $0 + 2]) + [1] })
        let found = (0..<64).map { Array(all.array[3 * $0..<3 * $0 + 3]) }
        let given = found.filter { $0[2] == 1 }
        #expect(Set(given) == rows)
        #expect(found.filter { $0[2] != 1 }.allSatisfy { $0 == [0, 0, -1] })
        #expect(dropout == 0 ? given.count == 64 : (25..<52).contains(given.count))
        #expect(try #require(labels(Self.vectors, dropout: dropout, step: 4)).array != all.array)
    }

    /// What is left out does not change what the others are.
    @Test func dropoutDrawsNumbersOfItsOwn() throws {
        let conditions: [DatasetConditions] = [.classes(Small.datasetLabels), Self.vectors]
        for condition in conditions {
            let whole = try #require(labels(condition, dropout: 0)).array
            let some = try #require(labels(condition, dropout: 0.5)).array
            let rows = (0..<64).map { (Array(whole[3 * $0..<3 * $0 + 3]), Array(some[3 * $0..<3 * $0 + 3])) }
            let kept = rows.filter { $0.0 == $0.1 }
            #expect((20..<44).contains(kept.count))
            let isVector = if case .vectors = condition { true } else { false }
            #expect(rows.filter { $0.0 != $0.1 }.allSatisfy { $0.1 == (isVector ? [0, 0, -1] : [0, 0, 0]) })
            // A share of one leaves all out.
            let none = try #require(labels(condition, dropout: 1)).array
            #expect(none == (0..<64).flatMap { _ -> [Float] in isVector ? [0, 0, -1] : [0, 0, 0] })
        }
    }

    /// The draws of labels that runs had before there was anything else.
    @Test func labelsAreDrawnAsEver() throws {
        let old = PhaseInputs(randomizer: Randomizer(seed: 5), styleMixing: 0, datasetLabels: Small.datasetLabels)
            .generatorInput(
                generator(labelDim: 3), step: 3, phase: .discriminatorMain, stream: 2, samples: 0..<64
            ).labels
        #expect(old?.array == labels(.classes(Small.datasetLabels), dropout: 0)?.array)
        let uniform = Randomizer(seed: 5).uniforms(.label, stream: 2, step: 3, samples: 0..<64, count: 1)
        let expected = uniform.map { Small.datasetLabels[Int(Double($0) * 6)] }
        #expect(old?.array == Tensor.oneHot(expected, classes: 3).array)
        #expect(Randomizer.Purpose.augmentation.rawValue == 12)
        #expect(Randomizer.Purpose.conditionDropout.rawValue == 13)
    }

    @Test func realsAreDrawnApartFromFakes() throws {
        let dropout = try #require(ConditionDropout(randomizer: Randomizer(seed: 5), share: 0.5))
        let first = dropout.ofReals(batch: 0, step: 3, samples: 0..<200)
        #expect(
            first == dropout.ofReals(batch: 0, step: 3, samples: 0..<120)
                + dropout.ofReals(batch: 0, step: 3, samples: 120..<200))
        #expect(first != dropout.ofReals(batch: 1, step: 3, samples: 0..<200))
        #expect((70..<130).contains(first.count { $0 }))
        #expect(ConditionDropout(randomizer: Randomizer(seed: 5), share: 0) == nil)
    }

    // MARK: Numbers that a user asks for

    private static let format = VectorFormat(components: [
        SampleFormat.Channel(
            name: "energy", unit: "GeV", transform: ChannelTransform(curve: .log1p, center: 2, scale: 0.5)),
        SampleFormat.Channel(name: "angle", transform: ChannelTransform(center: 10, scale: 4)),
    ])

    @Test func askedNumbersAreNormalised() throws {
        let seen = try Self.format.normalized([[12.5, 14], [0, 10]], place: "--conditions f")
        #expect(seen.count == 4)
        #expect(seen[1] == 1 && seen[3] == 0 && seen[2] == -4)
        #expect(abs(seen[0] - 1.2053) < 1e-3)
        let back = Self.format.physical(seen).values
        #expect(zip(back, [12.5, 14, 0, 10] as [Float]).allSatisfy { abs($0 - $1) < 1e-5 })
    }

    static let misfits: [([[Double]], [String])] = [
        ([[1]], ["--condition x: 1 number, but 2 condition the generator: energy [GeV], angle"]),
        ([[1, 2, 3]], ["3 numbers, but 2"]),
        ([[1, 2], [-2, 1]], ["--condition x, row 1: energy is -2.0, expected values above -1"]),
        ([[.infinity, 1]], ["energy is inf"]),
        ([[1, .nan]], ["angle is nan, expected a finite number"]),
        ([[1, 1e39]], ["angle is 1e+39, which is too large"]),
    ]

    @Test(arguments: misfits) func misfitsAreTold(_ rows: [[Double]], _ parts: [String]) throws {
        let error = try #require(
            thrown(DatasetError.self) { try Self.format.normalized(rows, place: "--condition x") })
        #expect(error.exitCode == 64)
        for part in parts { #expect(error.message.contains(part), "\(error.message)") }
    }
}
