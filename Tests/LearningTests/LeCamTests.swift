import Autodiff
import Learning
import NumericalTesting
import Testing

@Suite struct LeCamTests {
    /// Corrected averages are the mean of what there was, from the first phase on.
    @Test func averagesAreCorrected() throws {
        let lecam = LeCam(weight: 1, decay: 0.99)
        var averages = LeCam.Averages()
        #expect(lecam.anchors(averages) == nil)
        for (real, fake) in [(1, -1), (1, -3), (1, 2)] as [(Float, Float)] {
            averages = lecam.moved(averages, real: real, fake: fake)
            let anchors = try #require(lecam.anchors(averages))
            #expect(abs(anchors.real - 1) < 1e-5)
        }
        let anchors = try #require(lecam.anchors(averages))
        let expected: Float = (-1 * 0.9801 - 3 * 0.99 + 2) / (0.9801 + 0.99 + 1)
        #expect(abs(anchors.fake - expected) < 1e-4)
    }

    @Test func thereIsNoTermBeforeItsStart() {
        for isDebiased in [false, true] {
            let lecam = LeCam(weight: 1, decay: 0.5, isDebiased: isDebiased, start: 2)
            var averages = LeCam.Averages()
            let active = (0..<4).map { _ -> Bool in
                averages = lecam.moved(averages, real: 1, fake: 1)
                return lecam.anchors(averages) != nil
            }
            #expect(active == [false, false, isDebiased, true])
        }
    }

    /// Scores on the far side of the other kind's average are left alone.
    @Test func gradients() {
        let near = LeCam.Anchors(real: 0.5, fake: -0.25)
        let lecam = LeCam(weight: 1)
        let scores: [Float] = [-2, -0.5, 0.125, 0.75, 3]
        let check = GradientCheck([(scores, [5, 1]), (scores, [5, 1])]) {
            lecam.onReal($0[0], near) + lecam.onFake($0[1], near)
        }
        #expect(check.firstOrder() < 1e-4)
        #expect(lecam.onReal(Tensor([-2, -0.5], shape: [2, 1]), near).scalar == 0)
        #expect(lecam.onFake(Tensor([0.75, 3], shape: [2, 1]), near).scalar == 0)
    }
}
