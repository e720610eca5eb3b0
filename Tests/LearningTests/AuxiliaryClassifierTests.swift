import Autodiff
import Foundation
import Testing
import Learning

@Suite struct AuxiliaryClassifierTests {
    private static let scores: [[Double]] = [[0.5, -1, 2], [3, 0.25, -0.5]]
    private static let classes = [0, 2]

    private static var labels: Tensor { Tensor([1, 0, 0, 0, 0, 1], shape: [2, 3]) }

    private static func tensor(_ rows: [[Double]]) -> Tensor {
        Tensor(rows.flatMap { $0.map(Float.init) }, shape: [2, 3])
    }

    private static func softmax(_ row: [Double]) -> [Double] {
        let sum = row.reduce(0) { $0 + exp($1) }
        return row.map { exp($0) / sum }
    }

    @Test func isTheMeanSurprise() {
        let found = AuxiliaryClassifier.crossEntropy(Self.tensor(Self.scores), labels: Self.labels)
        let expected = zip(Self.scores, Self.classes).reduce(0.0) { $0 - log(Self.softmax($1.0)[$1.1]) } / 2
        #expect(found.shape == [])
        #expect(abs(Double(found.scalar) - expected) < 1e-6)
    }

    /// First order: (p − label)/N. Second, along v: p·v − p·Σ(p·v), over N.
    @Test func isDifferentiableTwice() throws {
        let v: [[Double]] = [[1, -0.5, 0.25], [0.5, 2, -1]]
        let scores = Self.tensor(Self.scores).variable()
        let loss = AuxiliaryClassifier.crossEntropy(scores, labels: Self.labels)
        let slope = try #require(gradients(of: loss, with: [scores], recording: true)[0])
        let curvature = try #require(gradients(of: (slope * Self.tensor(v)).sum(), with: [scores])[0]).array
        for (n, row) in Self.scores.enumerated() {
            let p = Self.softmax(row)
            let inner = zip(p, v[n]).reduce(0) { $0 + $1.0 * $1.1 }
            for k in 0..<3 {
                let first = (p[k] - (k == Self.classes[n] ? 1 : 0)) / 2
                #expect(abs(Double(slope.array[n * 3 + k]) - first) < 1e-6)
                #expect(abs(Double(curvature[n * 3 + k]) - p[k] * (v[n][k] - inner) / 2) < 1e-6)
            }
        }
    }

    @Test func largeScoresDoNotOverflow() throws {
        let scores = Tensor([1e4, -1e4, 0, -1e4, 0, 1e4], shape: [2, 3]).variable()
        let loss = AuxiliaryClassifier.crossEntropy(scores, labels: Self.labels)
        #expect(loss.scalar == 0)
        let gradient = try #require(gradients(of: loss, with: [scores])[0]).array
        #expect(gradient.allSatisfy { $0 == 0 })
        let wrong = AuxiliaryClassifier.crossEntropy(-scores.detached(), labels: Self.labels)
        #expect(abs(wrong.scalar - 2e4) < 1)
    }
}
