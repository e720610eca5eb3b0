import Testing

import Training

@Suite struct SheetThinningTests {
    /// What stays of sheets that come one after the other.
    private func kept(_ sheets: some Sequence<Int>, keep: Int) -> [Int] {
        sheets.reduce(into: []) { kept, sheet in
            kept.append(sheet)
            let surplus = SheetThinning.surplus(kept, keep: keep)
            kept.removeAll { surplus.contains($0) }
        }
    }

    @Test(arguments: [2, 3, 7, 20]) func firstAndNewestStayAndTheRestIsSpread(keep: Int) {
        for count in 1...200 {
            let sheets = (0..<count).map { $0 * 5000 }
            let before = kept(sheets.dropLast(), keep: keep)
            let kept = kept(sheets, keep: keep)
            #expect(kept.first == 0 && kept.last == sheets.last)
            #expect(kept.count <= keep && kept.count >= min(count, keep / 2), "\(count): \(kept)")
            // What stays later has stayed until then.
            #expect(Set(sheets).subtracting(SheetThinning.surplus(sheets, keep: keep)).isSubset(of: kept))
            // Thinned just now they are far apart; the newest may come soon after the one before.
            guard before.count == keep else { continue }
            let gaps = zip(kept.dropFirst(), kept).map { $0 - $1 }.dropLast()
            if let least = gaps.min(), let most = gaps.max() { #expect(most <= 2 * least, "\(count): \(kept)") }
        }
    }

    @Test func aLimitThatComesLaterThinsAllAtOnce() {
        let sheets = Array(stride(from: 0, through: 1000, by: 8))
        #expect(sheets.filter { !SheetThinning.surplus(sheets, keep: 5).contains($0) } == [0, 256, 512, 768, 1000])
        #expect(SheetThinning.surplus([0, 10], keep: 2) == [])
        #expect(SheetThinning.surplus([], keep: 2) == [])
        #expect(SheetThinning.surplus([0, 1, .max], keep: 2) == [1])
    }
}
