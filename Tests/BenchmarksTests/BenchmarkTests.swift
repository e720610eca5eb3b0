import Benchmarks
import Configuration
import Kernels
import Testing
import Training

@Suite struct BenchmarkTests {
    @Test func spreadIsHalfOfTheMiddleHalf() {
        var timings = Timings()
        for seconds in [5, 1, 4, 2, 3] { timings.add(Double(seconds)) }
        #expect(timings.median == 3 && timings.best == 1 && timings.count == 5 && timings.total == 15)
        #expect(timings.spread == 1 / 3.0)
    }

    /// Short works are gathered, none is measured less than another, and the first call of each does not count.
    @Test func everyWorkIsTimedSeveralTimes() {
        var calls = [0, 0]
        let timings = Timings.interleaved([{ calls[0] += 1 }, { calls[1] += 1 }], seconds: 0)
        #expect(timings.map(\.count).min() ?? 0 >= 5)
        #expect(calls.allSatisfy { $0 > 7 })
        #expect(timings.allSatisfy { $0.best > 0 })
    }

    @Test func casesHaveValidBatches() throws {
        for name in StepBenchmark.Case.allCases {
            let load = StepBenchmark.Load(name)
            let configuration = try load.configuration(ranks: 1, cores: 1)
            #expect(name.rawValue.filter { $0.isNumber } == "\(configuration.resolution)")
            #expect(configuration.batch == load.batch && configuration.microbatch == load.microbatch)
        }
        for name in StepBenchmark.Case.sizes {
            let configuration = try StepBenchmark.Load(name).configuration(ranks: 1, cores: 1)
            #expect(configuration.channelBase / name.resolution == 128)
        }
        for (name, resolution) in [(StepBenchmark.Case.s32a, 16), (.s128a, 32)] {
            let configuration = try StepBenchmark.Load(name).configuration(ranks: 1, cores: 1)
            #expect(configuration.labelDimension == 10 && configuration.loss.dSteps == 1)
            #expect(configuration.model.attention == .value([resolution]))
        }
        let wide = try StepBenchmark.Load(.n32).configuration(ranks: 1, cores: 1)
        #expect(wide.labelDimension == 10 && wide.channels(at: 32) == 256 && wide.augment.mode == .none)
        for (name, channels, width) in [
            (StepBenchmark.Case.o64, 7, 32), (.o128, 7, 32), (.u128, 3, 32), (.u256, 3, 64),
        ] {
            let configuration = try StepBenchmark.Load(name).configuration(ranks: 1, cores: 1)
            #expect(configuration.conditionChannels == channels && configuration.networkWidth == width)
        }
    }

    @Test func aMicrobatchFitsIntoItsBatch() {
        #expect(StepBenchmark.Load(.r32).microbatch == 16 && StepBenchmark.Load(.r32).shared(by: 2).microbatch == 8)
        #expect(StepBenchmark.Load(.r32, microbatch: 4).shared(by: 2).microbatch == 4)
        #expect(StepBenchmark.Load(.s32, batch: 4).microbatch == 4)
        #expect(StepBenchmark.Load(.s32, batch: 6).microbatch == 2)
        #expect(StepBenchmark.Load(.s32, batch: 7).microbatch == 1)
        #expect(StepBenchmark.Load(.s32a).microbatch == 32 && StepBenchmark.Load(.s32a).shared(by: 2).microbatch == 16)
        #expect(StepBenchmark.Load(.p256, batch: 4).microbatch == 1)
        #expect(StepBenchmark.Load(.r64).isDivisible(by: 2) && !StepBenchmark.Load(.r64).isDivisible(by: 16))
        #expect(throws: ConfigurationError.self) {
            _ = try StepBenchmark.Load(.s32, batch: 8, microbatch: 3).configuration(ranks: 1, cores: 1)
        }
    }

    @Test func memoryGrowsWithTheMicrobatchAndItsPixels() {
        var forecast = MemoryForecast()
        let small = StepBenchmark.Load(.s16, batch: 8, microbatch: 4)
        #expect(forecast.peak(of: small) == nil)
        forecast.add(small, peak: 100)
        #expect(forecast.peak(of: StepBenchmark.Load(.s16, batch: 16, microbatch: 4)) == 100)
        #expect(forecast.peak(of: StepBenchmark.Load(.s32, batch: 16, microbatch: 8)) == 800)
        #expect(forecast.peak(of: StepBenchmark.Load(.s8, batch: 8, microbatch: 4)) == 100)
        // The tightest bound counts.
        forecast.add(StepBenchmark.Load(.s32, batch: 4, microbatch: 4), peak: 150)
        #expect(forecast.peak(of: StepBenchmark.Load(.s32, batch: 16, microbatch: 8)) == 300)
    }

    /// The reference of the accuracy that is reported, against one number computed by hand.
    @Test func doublePrecisionFromTheDefinition() {
        // 2×2 pixels, 1 channel to 2; the second output's weights are ten times the first's.
        let shape = ConvolutionShape(batch: 1, height: 2, width: 2, inputChannels: 1, outputChannels: 2, kernel: 3)
        let x: [Float] = [1, 2, 3, 4]
        let w = (1...9).flatMap { tap -> [Float] in [Float(tap), Float(10 * tap)] }
        let reference = DoubleConvolution(shape: shape)
        // The first output: taps 5, 6, 8, 9 meet 1, 2, 3, 4.
        let first: [Double] = [77, 770]
        #expect(Array(reference.forward(x, w)[..<2]) == first)
        let g: [Float] = [1, 0, 0, 0, 0, 0, 0, 1]
        // The first pixel's gradient spreads as the taps 5, 6, 8, 9; the last one's as 1, 2, 4, 5 times ten.
        let spread: [Double] = [15, 26, 48, 59]
        #expect(reference.inputGradient(g, w) == spread)
        let sums: [Double] = [0, 1, 0, 2, 0, 0, 0, 3, 1, 4, 2, 0, 0, 0, 3, 0, 4, 0]
        #expect(reference.weightGradient(x, g) == sums)
    }
}
