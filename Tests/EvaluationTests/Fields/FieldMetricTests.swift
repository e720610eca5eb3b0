import Cluster
import Evaluation
import Foundation
import Storage
import TestSupport
import Testing

@Suite struct FieldMetricTests {
    private func values(
        _ name: String, _ fake: TestFields, real: TestFields, _ communicator: any Communicator = LoopbackCommunicator()
    ) throws -> [String: Double] {
        let metric = try #require(FieldMetrics.named(name)).init(TestFields.context)
        let found = try metric.values(of: fake.source("fake"), real: real.source("real"), communicator: communicator)
        return Dictionary(found.map { ($0.part ?? "", $0.value) }) { $1 }
    }

    private let noise = TestFields.noise(count: 40, height: 12, width: 20, channels: ["a", "b"])

    @Test func namesAreThoseOfTheConfiguration() {
        #expect(FieldMetrics.names == ["spectrum", "histogram", "s2", "moments", "correlation", "seam"])
        #expect(Set(FieldMetrics.names).isDisjoint(with: Metrics.names))
        #expect(Metrics.ofAny("swd")?.name == "swd")
        #expect(Metrics.ofAny("s2")?.name == "s2")
        #expect(Metrics.ofAny("none") == nil)
    }

    @Test func equalSetsHaveNoDistance() throws {
        for name in FieldMetrics.names where name != "seam" {
            for (part, value) in try values(name, noise, real: noise) { #expect(value == 0, "\(name)/\(part)") }
        }
    }

    /// Twice the values: four times the power, log₁₀ 4.
    @Test func theSpectrumsDistanceIsALogarithm() throws {
        let found = try values("spectrum", noise.mapped { 2 * $0 }, real: noise)
        for part in ["a", "b", "average", "spread"] {
            #expect(abs((found[part] ?? 0) - log10(4)) < 1e-6, "\(part)")
        }
        #expect(found.count == 4)
    }

    /// Samples that are all alike have the spectrum of one, and no spread.
    @Test func spreadTellsOfSamplesThatAreAlike() throws {
        var alike = noise
        alike.values = alike.values.map { _ in noise.values[0] }
        let found = try values("spectrum", alike, real: noise)
        let (spread, average) = (try #require(found["spread"]), try #require(found["average"]))
        #expect(spread > 10 * average)
    }

    @Test func theHistogramsDistanceGrows() throws {
        var last = 0.0
        for shift: Float in [0.05, 0.2, 0.8] {
            let all = try values("histogram", noise.mapped { $0 + shift }, real: noise)
            let found = try #require(all["average"])
            #expect(found > last, "\(shift)")
            last = found
        }
        let apart = try values("histogram", noise.mapped { $0 + 100 }, real: noise)
        // All are in the last bin, in which a 64th of the real ones is.
        #expect(try #require(apart["a"]) > 0.95)
        #expect(try #require(apart["a"]) <= 1)
    }

    /// Half of the values are equal: bins may not be one above the other.
    @Test func aHeapOfEqualValuesIsABin() throws {
        let heap = noise.mapped { max(0, $0) }
        #expect(try values("histogram", heap, real: heap)["average"] == 0)
        let other = noise.mapped { $0 > 0.2 ? $0 : 0 }
        let all = try values("histogram", other, real: heap)
        let found = try #require(all["average"])
        #expect(found > 0 && found < 0.5)
    }

    @Test func momentsAreInUnitsOfTheRealSpread() throws {
        let found = try values("moments", noise.mapped { 3 * $0 + 1 }, real: noise)
        let moments = try noise.source().moments(LoopbackCommunicator())
        for (name, real) in zip(["a", "b"], moments) {
            let mean = abs(3 * real.mean + 1 - real.mean) / real.deviation
            #expect(abs((found["\(name)/mean"] ?? 0) - mean) < 1e-5)
            #expect(abs((found["\(name)/deviation"] ?? 0) - 2) < 1e-5)
            #expect((found["\(name)/skewness"] ?? 1) < 1e-4)
            #expect((found["\(name)/kurtosis"] ?? 1) < 1e-4)
            #expect(abs(real.kurtosis - 2.9) < 0.1, "of twelve uniform numbers")
        }
        #expect(found.count == 9)
    }

    @Test func momentsAreThoseOfTheDefinition() throws {
        let found = try noise.source().moments(LoopbackCommunicator())[1]
        let all = noise.values.flatMap { values in
            stride(from: 1, to: values.count, by: 2).map { Double(values[$0]) }
        }
        let n = Double(all.count)
        let mean = all.reduce(0, +) / n
        func moment(_ power: Double) -> Double { all.reduce(0) { $0 + pow($1 - mean, power) } / n }
        let deviation = moment(2).squareRoot()
        #expect(abs(found.mean - mean) < 1e-12)
        #expect(abs(found.deviation - deviation) < 1e-12)
        #expect(abs(found.skewness - moment(3) / pow(deviation, 3)) < 1e-10)
        #expect(abs(found.kurtosis - moment(4) / pow(deviation, 4)) < 1e-10)
    }

    @Test func correlationsAreThoseOfTheMixture() throws {
        let mixed = TestFields(
            noise.values.map { values in
                values.indices.map { $0 % 2 == 0 ? values[$0] : 0.6 * values[$0 - 1] + 0.8 * values[$0] }
            }, height: 12, width: 20, channels: ["a", "b"])
        let own = try noise.source().correlations(LoopbackCommunicator())
        let found = try mixed.source().correlations(LoopbackCommunicator())
        #expect(own[0] == 1)
        #expect(abs(own[1]) < 0.05)
        #expect(abs(found[1] - 0.6) < 0.05)
        #expect(found[1] == found[2])
        let distances = try values("correlation", mixed, real: noise)
        let distance = try #require(distances[""])
        #expect(abs(distance - abs(found[1] - own[1])) < 1e-12)
    }

    @Test func oneChannelHasNoCorrelation() throws {
        let one = TestFields.noise(count: 4, height: 8, width: 8)
        let error = thrown(EvaluationError.self) { try values("correlation", one, real: one) }
        #expect(try #require(error).description.contains("one channel"))
        #expect(FieldMetrics.named("correlation")?.problem(height: 8, width: 8, channels: 1) != nil)
        #expect(FieldMetrics.named("correlation")?.problem(height: 8, width: 8, channels: 2) == nil)
    }

    /// Stripes of a period of 4: S₂ along a stripe is ½ everywhere, across them it is ½, ¼, 0, ¼, ½ …
    @Test func twoPointStatisticsOfStripes() {
        let stripes = TestFields(count: 1, height: 32, width: 32) { _, row, _, _ in row % 4 < 2 ? 1 : 0 }
        let statistics = TwoPointStatistics(height: 32, width: 32)
        let found = stripes.values[0].withUnsafeBufferPointer { statistics($0, channel: 0, of: 1, above: 0.5) }
        #expect(statistics.distances == [0, 1, 2, 3, 4, 6, 8, 12, 16])
        for (place, distance) in statistics.distances.enumerated() {
            let across = found[place]
            let along = found[statistics.distances.count + place]
            #expect(along == 0.5, "along, \(distance)")
            // Rows inside alone: at the ends of the pattern there are a few more or fewer.
            let expected = [0.5, 0.25, 0, 0.25][distance % 4]
            #expect(abs(across - expected) < 0.02, "across, \(distance)")
        }
    }

    @Test func twoPointStatisticsTellPatternsOfOneHistogram() throws {
        let stripes = TestFields(count: 4, height: 32, width: 32) { _, row, _, _ in row % 4 < 2 ? 1 : 0 }
        let board = TestFields(count: 4, height: 32, width: 32) { _, row, column, _ in
            (row / 2 + column / 2) % 2 == 0 ? 1 : 0
        }
        #expect(try values("histogram", board, real: stripes)["average"] == 0)
        let found = try values("s2", board, real: stripes)
        #expect(try #require(found["average"]) > 0.1)
    }

    /// Most values are equal: a threshold above all of them would see nothing.
    @Test func aHeapOfEqualValuesIsHalved() throws {
        let stripes = TestFields(count: 4, height: 16, width: 16) { _, row, _, _ in row % 4 < 3 ? 1 : 0 }
        let board = TestFields(count: 4, height: 16, width: 16) { _, row, column, _ in
            (row + column) % 4 < 3 ? 1 : 0
        }
        let found = try values("s2", board, real: stripes)
        #expect(try #require(found["average"]) > 0.05)
    }

    @Test func periodicFieldsHaveNoSeam() throws {
        // Smooth, with phases of their own.
        let periodic = TestFields(count: 400, height: 16, width: 24) { sample, row, column, _ in
            let phase = Double(sample) * 2.399963
            return sin(2 * Double.pi * Double(row) / 16 + phase) + cos(2 * Double.pi * Double(column) / 24 + 3 * phase)
        }
        let found = try values("seam", periodic, real: periodic)
        for part in ["rows", "columns", "average"] {
            #expect(abs((found[part] ?? 0) - 1) < 0.02, "\(part)")
        }
        // Half a wave comes back at another value.
        let cut = TestFields(count: 400, height: 16, width: 24) { sample, row, column, _ in
            let phase = Double(sample) * 2.399963
            return sin(Double.pi * Double(row) / 16 + phase) + cos(2 * Double.pi * Double(column) / 24 + 3 * phase)
        }
        let seams = try values("seam", cut, real: periodic)
        #expect(try #require(seams["rows"]) > 20)
        #expect(abs((seams["columns"] ?? 0) - 1) < 0.02)
        #expect(FieldMetrics.named("seam")?.lowerIsBetter("rows") == nil)
    }

    /// Differences between doubled pixels are no larger across the border than elsewhere.
    @Test func doubledPixelsAreNoSeam() throws {
        let doubled = TestFields(count: 400, height: 12, width: 16) { sample, row, column, _ in
            let number = sin(Double((sample * 7 + row / 2) * 11 + column / 2) * 12.9898) * 43758.5453
            return number - number.rounded(.down)
        }
        let found = try values("seam", doubled, real: doubled)
        for part in ["rows", "columns"] { #expect(abs((found[part] ?? 0) - 1) < 0.1, "\(part)") }
    }

    @Test func theFloorIsThatOfTheHalves() throws {
        let halves = (
            TestFields.noise(count: 20, height: 12, width: 20, channels: ["a", "b"], seed: 5),
            TestFields.noise(count: 20, height: 12, width: 20, channels: ["a", "b"], seed: 6)
        )
        let sources = (halves.0.source("one"), halves.1.source("other"))
        let real = RealFields(all: noise.source("all"), halves: sources)
        for name in FieldMetrics.names {
            let metric = try #require(FieldMetrics.named(name)).init(TestFields.context)
            let floor = try metric.values(ofReal: real, communicator: LoopbackCommunicator())
            let expected =
                name == "seam"
                ? try metric.values(of: noise.source(), real: noise.source(), communicator: LoopbackCommunicator())
                : try metric.values(of: sources.1, real: sources.0, communicator: LoopbackCommunicator())
            #expect(floor == expected, "\(name)")
            #expect(floor.contains { $0.value != 0 }, "\(name)")
            #expect(metric.counts(ofReal: real).count == (name == "seam" ? 40 : 20))
        }
    }

    /// 70 samples, so that chunks of 32 are dealt unevenly.
    @Test func theSameBitsOnAnyRanks() throws {
        let real = TestFields.noise(count: 70, height: 12, width: 20, channels: ["a", "b"], seed: 2)
        let fake = TestFields.noise(count: 70, height: 12, width: 20, channels: ["a", "b"], seed: 3).mapped { $0 * $0 }
        for name in FieldMetrics.names {
            let expected = try values(name, fake, real: real)
            for ranks in [1, 2, 3, 4] {
                let found = try LoopbackGroup(size: ranks).run { try values(name, fake, real: real, $0) }
                #expect(found == Array(repeating: expected, count: ranks), "\(name) on \(ranks) ranks")
            }
        }
    }

    @Test func whatIsNotFiniteIsNamed() throws {
        var all = noise.values
        all[37][5] = .nan
        let broken = TestFields(all, height: 12, width: 20, channels: ["a", "b"])
        for name in FieldMetrics.names {
            let error = thrown(EvaluationError.self) { try values(name, broken, real: noise) }
            #expect(try #require(error).description == "fake: sample 37 has nan in channel b, expected finite numbers")
        }
        // On all ranks alike, whoever has it.
        let said = try LoopbackGroup(size: 3).run { communicator in
            thrown(EvaluationError.self) { try values("moments", broken, real: noise, communicator) }?.description
        }
        #expect(said.count == 3)
        #expect(said.allSatisfy { $0?.contains("sample 37") == true })
    }

    @Test func setsThatDoNotFitAreRefused() throws {
        let small = TestFields.noise(count: 40, height: 12, width: 16, channels: ["a", "b"])
        let few = TestFields.noise(count: 1, height: 12, width: 20, channels: ["a", "b"])
        for name in FieldMetrics.names {
            let size = thrown(EvaluationError.self) { try values(name, small, real: noise) }
            #expect(
                try #require(size).description
                    == "\(name): found 40 real samples of 12×20×2 and 40 fake samples of 12×16×2, expected samples of one size"
            )
            let count = thrown(EvaluationError.self) { try values(name, few, real: noise) }
            #expect(try #require(count).description.contains("found 1 fake samples"))
        }
    }

    @Test func whatDoesNotVaryIsRefused() throws {
        let constant = noise.mapped { _ in 0 }
        for name in ["spectrum", "moments", "correlation", "seam"] {
            let error = thrown(EvaluationError.self) { try values(name, constant, real: constant) }
            #expect(try #require(error).description.contains("does not vary"), "\(name)")
        }
        // Of generated ones a constant is the largest distance there is, not the end.
        let found = try values("spectrum", constant, real: noise)
        #expect(try #require(found["average"]) > 10)
    }

    /// Sizes whose transforms round, and a number that is none of binary fractions.
    @Test(arguments: [[12, 20], [37, 74], [7, 9]]) func whatIsConstantButNotZeroIsRefused(size: [Int]) throws {
        let constant = TestFields(count: 5, height: size[0], width: size[1], channels: ["a", "b"]) { _, _, _, channel in
            channel == 0 ? 0.1 : 273.15
        }
        for name in ["spectrum", "moments", "correlation", "seam"] {
            let error = thrown(EvaluationError.self) { try values(name, constant, real: constant) }
            #expect(try #require(error).description.contains("channel a of the"), "\(name)")
            #expect(try #require(error).description.contains("does not vary"), "\(name)")
        }
    }

    @Test func aChannelOfASpectrumIsNotItsSpread() throws {
        let odd = TestFields.noise(count: 4, height: 8, width: 8, channels: ["a", "spread"])
        let found = try values("spectrum", odd.mapped { 2 * $0 }, real: odd)
        #expect(Set(found.keys) == ["a", "channel_1", "average", "spread"])
        // Other metrics have no such part.
        let others = try values("histogram", odd, real: odd)
        #expect(Set(others.keys) == ["a", "spread", "average"])
    }

    @Test func partsAreCalledAfterChannels() throws {
        let odd = TestFields.noise(count: 4, height: 8, width: 8, channels: ["wind/u", "average", "t 2m", "t 2m"])
        let found = try values("histogram", odd, real: odd)
        #expect(Set(found.keys) == ["wind_u", "channel_1", "channel_2", "channel_3", "average"])
    }

    @Test func cachedSetsAskOnce() throws {
        var asked = 0
        let source = FieldSource(
            name: "counted", count: 40, height: 12, width: 20, channels: ["a", "b"].map { .init(name: $0) }
        ) { numbers in
            asked += numbers.count
            return numbers.flatMap { noise.values[$0] }
        }.cached(bytes: 1 << 20)
        for _ in 0..<3 { _ = try source.moments(LoopbackCommunicator()) }
        #expect(asked == 40)
    }

    /// A value tells its sample and its pixel.
    private static func numbered(_ count: Int) -> FieldSource {
        FieldSource(name: "large", count: count, height: 1, width: 4, channels: [.init(name: "a")]) { numbers in
            numbers.flatMap { number in (0..<4).map { Float(4 * number + $0) } }
        }
    }

    @Test(arguments: [65_536, 65_537, 150_000]) func valuesThatAreLookedAtDoNotGrowWithTheSet(count: Int) throws {
        let values = try ValueSample(of: Self.numbered(count), LoopbackCommunicator()).values[0]
        let every = count == 65_536 ? 1 : count == 65_537 ? 2 : 3
        #expect(values.count == (count + every - 1) / every)
        // One of each of these samples, and of all pixels as many.
        let expected = (0..<values.count).map { Float(4 * every * $0 + $0 % 4) }
        #expect(values == expected)
        let ranks = try LoopbackGroup(size: 2).run { try ValueSample(of: Self.numbered(count), $0).values[0] }
        #expect(ranks == [expected, expected])
    }

    @Test func curvesHaveTheBinsOfTheRealValues() throws {
        let curves = try FieldCurves(
            real: noise.source("real"), generated: noise.mapped { $0 + 1 }.source("fake"), LoopbackCommunicator())
        #expect(curves.channels.map(\.name) == ["a", "b"])
        for channel in curves.channels {
            #expect(channel.bounds.count == channel.histogram.real.mean.count + 1)
            #expect(abs(channel.histogram.real.mean.reduce(0, +) - 0.998) < 0.002)
            #expect(channel.histogram.generated.mean.reduce(0, +) < 0.99)
            #expect(channel.spectrum.real.mean.count == 10)
            #expect(channel.bounds == channel.bounds.sorted())
        }
    }
}
