import Foundation
import Kernels
import Randomness
import Testing

@Suite struct DrawsTests {
    private func normals(_ count: Int, key: UInt64 = 5, row: Int = 0, c2: UInt32 = 0, c3: UInt32 = 0) -> [Float] {
        let out = BufferView(count: count)
        Draws.normals(key: key, firstRow: row, c2: c2, c3: c3, into: out, rowCount: count)
        return out.array
    }

    @Test("The kernel's generator is Randomness.Philox4x32", arguments: [11, 64, 131])
    func philox(rowCount: Int) {
        let (key, c2, c3, firstRow) = (UInt64(0x1234_5678_9ABC_DEF0), UInt32(77), UInt32.max, 1000)
        let philox = Philox4x32(key: key)
        let out = BufferView(count: 3 * rowCount)
        Draws.uniforms(key: key, firstRow: firstRow, c2: c2, c3: c3, into: out, rowCount: rowCount)
        let words = (0..<3 * rowCount).map { (i: Int) -> UInt32 in
            let (row, column) = (i / rowCount, i % rowCount)
            return philox(UInt32(column / 4), UInt32(firstRow + row), c2, c3)[column % 4]
        }
        #expect(out.array == words.map { Float($0 >> 8) / 0x1p24 })

        // Box–Muller from the same words, two by two.
        let normal = BufferView(count: rowCount)
        Draws.normals(key: key, firstRow: firstRow, c2: c2, c3: c3, into: normal, rowCount: rowCount)
        for i in 0..<rowCount {
            let block = philox(UInt32(i / 4), UInt32(firstRow), c2, c3)
            let radius = (-2 * log((Double(block[i % 4 & 2]) + 1) / 0x1p32)).squareRoot()
            let angle = 2 * Double.pi * Double(block[i % 4 | 1]) / 0x1p32
            #expect(abs(Double(normal.array[i]) - radius * (i % 2 == 0 ? cos(angle) : sin(angle))) < 1e-6)
        }
    }

    @Test("Rows drawn together equal rows drawn apart", arguments: [1, 3, 4, 5, 1000, 5000])
    func split(rowCount: Int) {
        let rows = 7
        for draw in [Draws.normals, Draws.uniforms] {
            let all = BufferView(count: rows * rowCount)
            draw(9, 100, 1, 2, all, rowCount)
            var parts: [Float] = []
            for (first, count) in [(0, 2), (2, 1), (3, 4)] {
                let part = BufferView(count: count * rowCount)
                draw(9, 100 + first, 1, 2, part, rowCount)
                parts += part.array
            }
            #expect(all.array == parts)
        }
    }

    @Test("Keys, rows and the other words all matter")
    func arguments() {
        let base = normals(8)
        #expect(normals(8) == base)
        for other in [
            normals(8, key: 6), normals(8, key: 5 | 1 << 40), normals(8, row: 1), normals(8, c2: 1), normals(8, c3: 1),
        ] {
            #expect(Set(other).isDisjoint(with: base))
        }
    }

    /// Bounds are five standard errors of a million independent draws.
    @Test("Moments and tails of normal numbers")
    func distribution() {
        let count = 1_000_000
        let z = normals(count).map(Double.init)
        let n = Double(count)
        func moment(_ power: Double) -> Double { z.reduce(0) { $0 + pow($1, power) } / n }
        #expect(abs(moment(1)) < 5 / n.squareRoot())
        #expect(abs(moment(2) - 1) < 5 * (2 / n).squareRoot())
        #expect(abs(moment(3)) < 5 * (15 / n).squareRoot())
        #expect(abs(moment(4) - 3) < 5 * (96 / n).squareRoot())
        for (bound, probability) in [(0.0, 0.5), (1, 0.158655), (2, 0.0227501), (3, 0.00134990), (4, 3.16712e-5)] {
            for sign in [1.0, -1] {
                let share = Double(z.count { $0 * sign > bound }) / n
                #expect(abs(share - probability) < 5 * (probability / n).squareRoot(), "beyond \(sign * bound)")
            }
        }
        // 10⁶ draws exceed 4.3 but hardly ever 6.
        let largest = z.map(abs).max() ?? 0
        #expect(largest > 4.3 && largest < 6)
        // Neighbours of a Box–Muller pair, of a block, of blocks.
        for lag in [1, 2, 4] {
            let correlation = (0..<count - lag).reduce(0) { $0 + z[$1] * z[$1 + lag] } / n
            #expect(abs(correlation) < 5 / n.squareRoot(), "lag \(lag)")
        }
    }

    @Test("Uniform numbers fill [0, 1) evenly and never reach 1")
    func uniform() {
        let out = BufferView(count: 1_000_000)
        Draws.uniforms(key: 3, firstRow: 0, c2: 0, c3: 0, into: out, rowCount: 1000)
        var bins = [Double](repeating: 0, count: 16)
        for value in out.array {
            guard value >= 0 && value < 1 else {
                Issue.record("\(value) is not in [0, 1)")
                return
            }
            bins[Int(value * 16)] += 1
        }
        let expected = 1e6 / 16
        let chiSquared = bins.reduce(0) { $0 + ($1 - expected) * ($1 - expected) / expected }
        // 15 degrees of freedom: 44.3 is exceeded once in ten thousand, 2.5 not reached as rarely.
        #expect(chiSquared < 44.3 && chiSquared > 2.5)
    }
}
