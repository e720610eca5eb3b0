import Autodiff
import Foundation
import Layers
import NumericalTesting
import Recipes
import Testing

@Suite struct AttentionMapsTests {
    /// Two images; queries on 2×3 positions, keys on 1×2, of two numbers each.
    private let projections = AttentionProjections(
        queries: Tensor((0..<24).map { Float($0) / 8 }, shape: [2, 6, 2]),
        keys: Tensor([1, 0, 0, 2, -1, 1, 0.5, 0], shape: [2, 2, 2]), queryGrid: (2, 3), keyGrid: (1, 2))

    @Test func areSoftmaxOverKeys() {
        for (image, keys) in [(0, [[1.0, 0], [0, 2]]), (1, [[-1.0, 1], [0.5, 0]])] {
            let maps = AttentionMaps(projections, image: image)
            #expect(maps.queryGrid == (2, 3) && maps.keyGrid == (1, 2))
            for (row, column) in [(0, 0), (0, 2), (1, 1)] {
                let first = image * 12 + (row * 3 + column) * 2
                let query = [Double(first) / 8, Double(first + 1) / 8]
                let scores = keys.map { query[0] * $0[0] + query[1] * $0[1] }
                let weights = scores.map { exp($0) }
                let expected = weights.map { $0 / (weights[0] + weights[1]) }
                #expect(relativeError(maps.map(row: row, column: column), expected) < 1e-6)
            }
        }
    }

    /// Beyond what an exponential can hold.
    @Test func largeScores() {
        let maps = AttentionMaps(
            AttentionProjections(
                queries: Tensor([1000], shape: [1, 1, 1]), keys: Tensor([2, 1, 2, -5], shape: [1, 4, 1]),
                queryGrid: (1, 1), keyGrid: (2, 2)), image: 0)
        #expect(maps.map(row: 0, column: 0) == [0.5, 0, 0.5, 0])
    }
}
