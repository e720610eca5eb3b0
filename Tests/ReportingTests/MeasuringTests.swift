import Glibc
import Reporting
import Testing

@Suite struct MeasuringTests {
    @Test func memory() {
        let status = "Name:\tx\nVmHWM:\t    2048 kB\nVmRSS:\t    1024 kB\n"
        #expect(ProcessMemory.bytes(of: "VmRSS", in: status) == 1_048_576)
        #expect(ProcessMemory.bytes(of: "VmHWM", in: status) == 2_097_152)
        #expect(ProcessMemory.bytes(of: "VmSwap", in: status) == 0)
        #expect(ProcessMemory.bytes(of: "read_bytes", in: "rchar: 7\nread_bytes: 4096\n", unit: 1) == 4096)
        #expect(ProcessMemory.residentBytes > 1_000_000)
        #expect(ProcessMemory.availableBytes > 1_000_000)
        #expect(ProcessMemory.peakResidentBytes >= 1_000_000)
    }

    @Test func stopwatch() {
        // Between two readings of another clock.
        let clock = ContinuousClock()
        let before = clock.now
        var watch = Stopwatch()
        let inner = clock.now
        usleep(20_000)
        let least = (clock.now - inner) / .seconds(1)
        let found = watch.restart()
        let most = (clock.now - before) / .seconds(1)
        #expect(found >= least && found <= most, "\(found), \(least), \(most)")
        // Started anew.
        #expect(watch.seconds <= (clock.now - before) / .seconds(1) - found)
    }

    @Test func means() throws {
        var statistics = MovingStatistics()
        for value in [1.0, 2, 3, 4] { statistics.add("loss", value) }
        statistics.add("bad", .nan)
        statistics.add("mixed", .infinity)
        statistics.add("mixed", 5)
        #expect(statistics.mean("loss") == 2.5 && statistics.mean("bad") == nil && statistics.mean("none") == nil)
        #expect(statistics.meanOrNaN("loss") == 2.5 && statistics.meanOrNaN("mixed") == 5)
        #expect(statistics.meanOrNaN("bad")?.isNaN == true && statistics.meanOrNaN("none") == nil)
        let tick = statistics.takeTick()
        #expect(tick.map(\.name) == ["loss", "bad", "mixed"])
        #expect(tick[0].count == 4 && abs(tick[0].deviation - 1.25.squareRoot()) < 1e-12)
        #expect(tick[1].mean.isNaN && tick[1].notFinite == 1)
        #expect(tick[2].mean == 5 && tick[2].count == 1 && tick[2].notFinite == 1)
        #expect(statistics.summaries.isEmpty && statistics.mean("loss") == nil && statistics.meanOrNaN("bad") == nil)
        statistics.add("mixed", 1)
        statistics.add("loss", 9)
        #expect(statistics.takeTick().map(\.name) == ["loss", "mixed"])
    }

    @Test func table() {
        var table = TableFormatter([.init("name"), .init("shape"), .init("count", .right)])
        table.add(["synthesis.b4.const", "4×4×512", "8192"])
        table.add(["b", "[]"])
        table.addRule()
        table.add(["total", "", "8 192"])
        #expect(
            table.text == """
                name                shape    count
                ------------------  -------  -----
                synthesis.b4.const  4×4×512   8192
                b                   []
                ------------------  -------  -----
                total                        8 192
                """)
        #expect(TableFormatter([.init("a")]).text == "a\n-")
    }
}
