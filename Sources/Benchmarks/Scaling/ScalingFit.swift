import Foundation

extension ScalingModel {
    /// The model that comes nearest to measured steps: least squares of relative errors.
    ///
    /// Parameters are positive, and the overlap is below 1, so their logarithms (of the overlap, of its odds) are what
    /// the simplex moves. Where the steps say nothing about a parameter, it stays where it started.
    public static func fitted(to points: [ScalingData.Point]) -> ScalingModel {
        func error(_ place: [Double]) -> Double {
            let model = ScalingModel(place)
            let squares = points.reduce(0.0) { sum, point in
                let error = model.seconds(point.load, isOverlapped: point.isOverlapped) / point.seconds - 1
                return sum + error * error
            }
            let distance = zip(place, usual.place).reduce(0.0) { $0 + ($1.0 - $1.1) * ($1.0 - $1.1) }
            return squares / Double(max(1, points.count)) + pull * distance
        }
        // The step has a kink where all travel is just hidden: a start on either side of it.
        let candidates = [0.1, 0.5, 0.9].map { overlap in
            var start = usual
            start.overlap = overlap
            var best = NelderMead.minimum(from: start.place, stride: 1, of: error)
            // A simplex that has shrunk too early gets a second life.
            for stride in [0.5, 0.2] {
                let again = NelderMead.minimum(from: best.point, stride: stride, of: error)
                if again.value < best.value { best = again }
            }
            return best
        }
        return ScalingModel(candidates.min { $0.value < $1.value }?.point ?? usual.place)
    }

    /// Of an ordinary network: where the search starts.
    private static let usual = ScalingModel(latency: 1e-4, rateShare: 0.9, secondsPerByte: 1e-9, overlap: 0.5)
    /// Against which it is held where nothing else holds it; by itself it moves no parameter by a hundredth.
    private static let pull = 1e-8

    private init(_ place: [Double]) {
        self.init(
            latency: exp(place[0]), rateShare: exp(place[1]), secondsPerByte: exp(place[2]),
            overlap: 1 / (1 + exp(-place[3])))
    }

    private var place: [Double] { [log(latency), log(rateShare), log(secondsPerByte), log(overlap / (1 - overlap))] }
}

extension ScalingData.Point {
    var isOverlapped: Bool { way != .exposed }
    /// Compressed sums are predicted: they check the model.
    var isToFit: Bool { way != .compressed }
}
