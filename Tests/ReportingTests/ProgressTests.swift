import Reporting
import Synchronization
import Testing

/// Takes what a console prints.
private final class Sink: Sendable {
    private let lines = Mutex("")
    var text: String { lines.withLock { $0 } }
    func add(_ text: String) { lines.withLock { $0 += text } }
    func console(terminal: Bool, columns: Int? = nil) -> Console {
        Console(isTerminal: terminal, columns: { columns }) { self.add($0) }
    }
}

@Suite struct ProgressTests {
    @Test func everything() {
        var progress = Progress(imagesShown: 12_800, totalImages: 60_000, imagesPerSecond: 85.34)
        progress.phase = Progress.Growth(resolution: 32, fade: 0.4)
        progress.generatorLoss = 0.9123
        progress.discriminatorLoss = 1.2346
        progress.ggdrLoss = 12.345
        progress.r1Penalty = 0.000_012_3
        progress.pathLength = 0
        progress.augmentP = 0.05
        progress.memoryBytes = 734_003_200
        #expect(
            progress.line
                == "12 800 images · 12.8/60 kimg · 85.3 img/s · 11.7 s/kimg · 32² fading in, 60% · G 0.9123 · D 1.235"
                + " · GGDR 12.35 · R1 1.23e-5 · PL 0 · p 0.0500 · 9m 13s left · 700 MB")
    }

    /// The percentage is the new resolution's share: it grows until only that is left.
    @Test(
        arguments: [
            (4, 0, "4²"), (1024, 0, "1024²"), (8, 0.999_999, "8² fading in, 0%"), (8, 0.75, "8² fading in, 25%"),
            (8, 0.4, "8² fading in, 60%"), (8, 0.1, "8² fading in, 90%"), (8, 1e-6, "8² fading in, 99%"),
            (8, 1, "8² fading in, 0%"),
        ] as [(Int, Float, String)])
    func growth(resolution: Int, fade: Float, expected: String) {
        #expect(Progress.Growth(resolution: resolution, fade: fade).text == expected)
    }

    @Test func atTheEdges() {
        let start = Progress(imagesShown: 0, totalImages: 1500, imagesPerSecond: 0)
        #expect(start.line == "0 images · 0.0/1.5 kimg · 0.00 img/s · - s/kimg · - left")
        var end = Progress(imagesShown: 60_032, totalImages: 60_000, imagesPerSecond: 5)
        end.generatorLoss = .nan
        end.leftOut = 1234
        #expect(
            end.line == "60 032 images · 60.0/60 kimg · 5.00 img/s · 200.0 s/kimg · G nan · 1 234 left out · done")
        #expect(end.secondsLeft == 0)
    }

    @Test func terminalRewritesOneLine() {
        let sink = Sink()
        let console = sink.console(terminal: true, columns: 20)
        var line = ProgressLine(console: console, secondsBetween: 1000)
        line.tick(Progress(imagesShown: 0, totalImages: 1000, imagesPerSecond: 1))
        line.step(Progress(imagesShown: 32, totalImages: 1000, imagesPerSecond: 1))
        #expect(sink.text == "\r\u{1B}[K0 images · 0.0/1 ki")
        console.print("a message")
        #expect(sink.text.hasSuffix("\r\u{1B}[Ka message\n0 images · 0.0/1 ki"))
        line.end()
        #expect(sink.text.hasSuffix("ki\n"))
        console.print("after")
        #expect(sink.text.hasSuffix("ki\nafter\n"))
        var quick = ProgressLine(console: console, secondsBetween: 0)
        quick.step(Progress(imagesShown: 64, totalImages: 1000, imagesPerSecond: 1))
        #expect(sink.text.hasSuffix("\r\u{1B}[K64 images · 0.1/1 k"))
    }

    @Test func elsewhereOneLineForEachTick() {
        let sink = Sink()
        var line = ProgressLine(console: sink.console(terminal: false, columns: 5))
        line.tick(Progress(imagesShown: 1000, totalImages: 1000, imagesPerSecond: 10))
        line.step(Progress(imagesShown: 32, totalImages: 1000, imagesPerSecond: 1))
        line.end()
        #expect(sink.text == "1 000 images · 1.0/1 kimg · 10.0 img/s · 100.0 s/kimg · done\n")
    }

    @Test(arguments: [
        (0.0, "0"), (0.0123, "0.0123"), (-0.5, "-0.5000"), (1.5, "1.500"), (12.345678, "12.35"), (123.45, "123.5"),
        (1234.5, "1235"), (12_345_678, "1.23e7"), (-0.0001, "-1.00e-4"), (9.999e-7, "1.00e-6"), (.infinity, "inf"),
        (-.infinity, "-inf"),
    ])
    func short(value: Double, expected: String) {
        #expect(NumberText.short(value) == expected)
    }

    @Test func numberTexts() {
        #expect(NumberText.fixed(-0.001, 2) == "0.00" && NumberText.fixed(2.5, 0) == "3")
        #expect(NumberText.fixed(0.05, 2) == "0.05" && NumberText.fixed(-3.14159, 2) == "-3.14")
        #expect(NumberText.duration(42.4) == "42s" && NumberText.duration(185) == "3m 05s")
        #expect(NumberText.duration(59.7) == "1m 00s" && NumberText.duration(7630) == "2h 07m")
        #expect(NumberText.duration(273_600) == "3d 04h" && NumberText.duration(.infinity) == "-")
        #expect(NumberText.memory(1_610_612_736) == "1.5 GB" && NumberText.memory(0) == "0 MB")
        #expect(NumberText.grouped(-1_234_567) == "-1 234 567" && NumberText.grouped(999) == "999")
    }
}
