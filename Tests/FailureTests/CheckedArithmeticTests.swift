import Failure
import Testing

@Suite struct CheckedArithmeticTests {
    @Test func productsThatFit() {
        #expect([2, 3, 4].checkedProduct() == 24)
        #expect([Int]().checkedProduct() == 1)
        #expect([Int.max, 1].checkedProduct() == Int.max)
    }

    @Test func zeroIsZeroWhateverElseThereIs() { #expect([1 << 40, 1 << 40, 0].checkedProduct() == 0) }

    @Test func whatDoesNotFitIsNil() {
        #expect([1 << 40, 1 << 40].checkedProduct() == nil)
        #expect([4, -1].checkedProduct() == nil)
        #expect([Int.max, 1].checkedSum() == nil)
        #expect([3, 4].checkedSum() == 7)
    }

    @Test func roundingOfAnythingNeverTraps() {
        #expect(Int(checkedRounding: 2.5) == 3)
        for value in [Double.nan, .infinity, -.infinity, 1e19, -1e300] { #expect(Int(checkedRounding: value) == nil) }
    }
}
