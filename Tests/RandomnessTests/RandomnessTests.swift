import Randomness
import Testing

@Suite struct PhiloxTests {
    /// Known answers published with the Random123 library.
    @Test func knownAnswers() {
        #expect(
            Philox4x32(key: 0)(0, 0, 0, 0)
                == SIMD4(0x6627_e8d5, 0xe169_c58d, 0xbc57_ac4c, 0x9b00_dbd8))
        let ones = UInt32.max
        #expect(
            Philox4x32(key: UInt64.max)(ones, ones, ones, ones)
                == SIMD4(0x408f_276d, 0x41c8_3b0e, 0xa20b_c7c6, 0x6d54_51fd))
        #expect(
            Philox4x32(key: 0x299f_31d0_a409_3822)(0x243f_6a88, 0x85a3_08d3, 0x1319_8a2e, 0x0370_7344)
                == SIMD4(0xd16c_fe09, 0x94fd_cceb, 0x5001_e420, 0x2412_6ea1))
    }
}

@Suite struct EpochPermutationTests {
    @Test(arguments: [1, 2, 3, 17, 1000, 4096, 60_000])
    func isAPermutation(count: Int) {
        let permutation = EpochPermutation(count: count, seed: 7, epoch: 3)
        var seen = [Bool](repeating: false, count: count)
        for position in 0..<count { seen[permutation[position]] = true }
        #expect(seen.allSatisfy { $0 })
    }

    @Test func dependsOnSeedAndEpoch() {
        func order(_ seed: UInt64, _ epoch: UInt64) -> [Int] {
            let permutation = EpochPermutation(count: 1000, seed: seed, epoch: epoch)
            return (0..<1000).map { permutation[$0] }
        }
        #expect(order(1, 0) == order(1, 0))
        #expect(order(1, 0) != order(1, 1))
        #expect(order(1, 0) != order(2, 0))
    }
}
