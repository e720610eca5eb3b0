import Autodiff
import Cluster
import Reporting
import Storage
import Testing
import Training

@Suite struct MeasuringTests {
    @Test func allBytesSurvive() {
        let bytes = (0...255).map { UInt8($0) }
        let tensor = ImageConversion.tensor(bytes[...], shape: [1, 16, 16, 1])
        #expect(tensor.array.first == -1 && tensor.array.last == 1)
        #expect(ImageConversion.bytes(tensor) == bytes)
        // A part of a longer array.
        #expect(ImageConversion.bytes(ImageConversion.tensor(bytes[100..<104], shape: [4])) == [100, 101, 102, 103])
    }

    @Test func whatLiesOutsideIsClamped() {
        let found = ImageConversion.bytes(Tensor([-1.5, 1.5, .infinity, -.infinity, .nan, 0.003, -1], shape: [7]))
        #expect(found == [0, 255, 255, 0, 0, 128, 0])
    }

    @Test func aMinibatchIsCutIntoMicrobatches() throws {
        let minibatch = Minibatch(
            images: (0..<16).map { UInt8($0) }, labels: [2, 0, 1, 1], count: 4, height: 2, width: 2,
            channels: 1)
        let real = RealBatch(minibatch, microbatch: 2, labelDim: 3)
        #expect(real.images.map(\.shape) == [[2, 2, 2, 1], [2, 2, 2, 1]])
        #expect(real.images.flatMap { ImageConversion.bytes($0) } == minibatch.images)
        #expect(real.labels?.map(\.array) == [[0, 0, 1, 1, 0, 0], [0, 1, 0, 0, 1, 0]])
        #expect(RealBatch(minibatch, microbatch: 4, labelDim: 0).labels == nil)
    }

    @Test func everyMeasurementHasAField() {
        var report = StepReport()
        for (p, phase) in Phase.allCases.enumerated() {
            var measurements = Measurements(wMean: nil)
            // A number of its own for each; the two halves of the discriminator's loss also appear as their sum.
            for name in Measurements.Name.allCases { measurements[name] = Float(1 << name.rawValue) }
            report.measurements[phase] = measurements
            report.gradientNorms[phase] = 5000.0 + Double(p)
            report.seconds[phase] = 6000.0 + Double(p)
        }
        report.optimizerSeconds = 7000
        report.communication.waitedSeconds = 8000
        report.communication.seconds = 9000
        report.communication.bytes = 10_000
        let fields = StatsFields.values(report, [.ggdr, .gradientPenalty, .classifier])
        #expect(Set(fields.map(\.0)).count == fields.count)
        let values = Set(fields.map(\.1))
        for name in Measurements.Name.allCases { #expect(values.contains(Double(1 << name.rawValue)), "\(name)") }
        for p in 0..<4 { #expect(values.contains(5000.0 + Double(p)) && values.contains(6000.0 + Double(p))) }
        #expect(values.isSuperset(of: [7000, 8000, 9000, 10_000]))
        let byName = Dictionary(uniqueKeysWithValues: fields)
        let halves = [byName["loss/discriminator_fake"], byName["loss/discriminator_real"]].compactMap { $0 }
        #expect(byName["loss/discriminator"] == halves.reduce(0, +))
    }

    @Test func phasesThatWereNotRunHaveNoFields() {
        var report = StepReport()
        report.measurements[.generatorMain] = Measurements(wMean: nil)
        let names = Set(StatsFields.values(report, [.ggdr]).map(\.0))
        #expect(
            names
                == [
                    "loss/generator", "score/fake", "seconds/optimizer", "seconds/average", "seconds/communication",
                    "seconds/communication_not_hidden", "communication_bytes",
                ])
    }

    @Test func withoutGuidanceThereIsNoSuchLoss() {
        var report = StepReport()
        report.measurements[.discriminatorMain] = Measurements(wMean: nil)
        #expect(StatsFields.values(report, [.ggdr]).contains { $0.0 == "loss/ggdr" })
        #expect(!StatsFields.values(report, []).contains { $0.0 == "loss/ggdr" })
    }

    @Test func whatIsNoNumberIsCounted() {
        var moving = MovingStatistics()
        for value in [1, .nan, 2, .infinity] { moving.add("a", value) }
        moving.add("b", 3)
        #expect(
            moving.takeTick().flatMap(StatsFields.json)
                == [JSONField("a", 1.5), JSONField("a/not_finite", 2), JSONField("b", 3.0)])
    }

    @Test func measurementsTravelAsSums() {
        var a = Measurements(wMean: [1, 2])
        var b = Measurements(wMean: [3, 6])
        a[.ggdrLoss] = 1
        b[.ggdrLoss] = 2
        let sum = zip(a.flattened(wDim: 2), b.flattened(wDim: 2)).map(+)
        #expect(sum.count == Measurements.count(wDim: 2))
        let mean = Measurements(sum: sum, microbatches: 2, hasWMean: true)
        #expect(mean[.ggdrLoss] == 1.5 && mean[.realScore] == 0 && mean.wMean == [2, 4])
        #expect(Measurements(sum: sum, microbatches: 2, hasWMean: false).wMean == nil)
    }

    @Test func stepTimeByHand() throws {
        var report = StepReport()
        report.seconds = [
            .generatorMain: 1, .generatorRegularization: 2, .discriminatorMain: 3, .discriminatorRegularization: 4,
        ]
        report.optimizerSeconds = 0.4
        report.communication.waitedSeconds = 0.8
        let schedule = PhaseSchedule(try Small.configuration(["loss.pl_interval=4", "loss.r1_interval=16"]))
        let time = StepTime(report, schedule)
        // Two phases in every step, one in every fourth, one in every sixteenth: 1 + 3 + 2/4 + 4/16 seconds.
        #expect(time.phasesPerStep == 2.3125)
        #expect(abs(time.seconds - (4.75 + 0.3 * 2.3125)) < 1e-12)
        let plain = PhaseSchedule(try Small.configuration(["loss.pl_weight=0", "loss.r1_gamma=0"]))
        #expect(StepTime(report, plain).phasesPerStep == 2)
        #expect(abs(StepTime(report, plain).seconds - 4.6) < 1e-12)
        report.seconds[.generatorRegularization] = nil
        report.seconds[.discriminatorRegularization] = nil
        #expect(abs(StepTime(report, plain).seconds - 5.2) < 1e-12)
    }
}
