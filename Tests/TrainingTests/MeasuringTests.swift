import Autodiff
import Recipes
import Reporting
import Storage
import SmallRuns
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

    /// A phase that measures these.
    private func phase(_ measures: [Measure]) -> Phase {
        Phase(.discriminatorMain, .discriminator, stream: 2, measures: measures, loss: .together { _ in [] })
    }

    @Test func everyMeasurementHasAField() throws {
        let measures: [Measure] = [
            .discriminatorFakeLoss, .discriminatorRealLoss, .gradientPenalty, .realScore,
            Measure("own", isReported: false),
        ]
        var phase = phase(measures)
        phase.totals = [("loss/discriminator", [.discriminatorFakeLoss, .discriminatorRealLoss])]
        var means = Measurements()
        // A number of its own for each.
        for (k, measure) in measures.enumerated() { means[measure] = Float(1 << k) }
        var report = StepReport()
        report.add(phase, means, norm: 5000)
        report.seconds[phase.key] = 6000
        report.optimizerSeconds = 7000
        report.communication.waitedSeconds = 8000
        report.communication.seconds = 9000
        report.communication.bytes = 10_000
        let fields = StatsFields.values(report)
        #expect(Set(fields.map(\.0)).count == fields.count)
        let byName = Dictionary(uniqueKeysWithValues: fields)
        #expect(byName["loss/discriminator_fake"] == 1 && byName["loss/discriminator_real"] == 2)
        #expect(byName["loss/discriminator"] == 3 && byName["loss/gradient_penalty"] == 4 && byName["score/real"] == 8)
        #expect(byName["own"] == nil && report.statistic("loss/discriminator") == 3)
        #expect(byName["gradient_norm/dmain"] == 5000 && byName["seconds/dmain"] == 6000)
        #expect(Set(byName.values).isSuperset(of: [7000, 8000, 9000, 10_000]))
    }

    @Test func phasesThatWereNotRunHaveNoFields() {
        var report = StepReport()
        report.add(phase([.realScore]), Measurements(), norm: 1)
        let names = Set(StatsFields.values(report).map(\.0))
        #expect(
            names
                == [
                    "score/real", "gradient_norm/dmain", "seconds/optimizer", "seconds/average",
                    "seconds/communication", "seconds/communication_not_hidden", "communication_bytes",
                ])
    }

    /// Phases of one name in a step count to one mean.
    @Test func repetitionsShareTheirFields() {
        var (report, moving) = (StepReport(), MovingStatistics())
        for (repetition, value) in [Float(1), 4].enumerated() {
            let phase = Phase(
                PhaseKey("dmain", repetition: repetition), .discriminator, stream: 2, measures: [.realScore],
                loss: .together { _ in [] })
            var means = Measurements()
            means[.realScore] = value
            report.add(phase, means, norm: 1)
        }
        for (name, value) in StatsFields.values(report) { moving.add(name, value) }
        #expect(moving.meanOrNaN("score/real") == 2.5)
        #expect(report.measurements.keys.map(\.description).sorted() == ["dmain", "dmain.2"])
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
        let (list, key) = (Measure("list", count: 2), PhaseKey.discriminatorMain)
        var (a, b) = (Measurements(), Measurements())
        (a[.realScore], b[.realScore]) = (1, 2)
        (a[list: list], b[list: list]) = ([1, 2], [3, 6])
        let measures = [Measure.realScore, list]
        let sum = zip(a.flattened(measures, of: key), b.flattened(measures, of: key)).map(+)
        // What stands behind them is of no phase.
        let mean = Measurements(sum: sum + [99], measures, microbatches: 2)
        #expect(mean[.realScore] == 1.5 && mean[.fakeScore] == 0 && mean[list: list] == [2, 4])
        #expect(mean[list: .fakeScore] == nil)
    }

    @Test func stepTimeByHand() throws {
        var report = StepReport()
        report.seconds = [
            .generatorMain: 1, .generatorRegularization: 2, .discriminatorMain: 3, .discriminatorRegularization: 4,
        ]
        report.optimizerSeconds = 0.4
        report.communication.waitedSeconds = 0.8
        let schedule = try Small.schedule(Small.configuration(["loss.pl_interval=4", "loss.r1_interval=16"]))
        let time = StepTime(report, schedule)
        // Two phases in every step, one in every fourth, one in every sixteenth: 1 + 3 + 2/4 + 4/16 seconds.
        #expect(time.phasesPerStep == 2.3125)
        #expect(abs(time.seconds - (4.75 + 0.3 * 2.3125)) < 1e-12)
        let plain = try Small.schedule(Small.configuration(["loss.pl_weight=0", "loss.r1_gamma=0"]))
        #expect(StepTime(report, plain).phasesPerStep == 2)
        #expect(abs(StepTime(report, plain).seconds - 4.6) < 1e-12)
        report.seconds[.generatorRegularization] = nil
        report.seconds[.discriminatorRegularization] = nil
        #expect(abs(StepTime(report, plain).seconds - 5.2) < 1e-12)
    }
}
