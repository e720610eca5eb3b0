import Foundation

/// What `ganglion bench scaling` tells: measured steps beside the model, and its predictions.
public struct ScalingReport: Codable, Sendable {
    /// A measured step.
    public struct Row: Codable, Sendable {
        public var way: ClusterBenchmark.Way
        public var ranks: Int
        /// Buckets.
        public var sums: Double
        /// Nil where nothing limits the links.
        public var gigabitsPerSecond: Double?
        /// Seconds of the step without other ranks.
        public var alone: Double
        /// Seconds, as the following.
        public var measured: Double
        public var model: Double
        /// Whether the model was fitted to it.
        public var isFitted: Bool
        /// By the model that knows only steps of fewer ranks, for those of the most.
        public var heldOut: Double?

        public var error: Double { model / measured - 1 }
        public var heldOutError: Double? { heldOut.map { $0 / measured - 1 } }

        enum CodingKeys: String, CodingKey {
            case way, ranks
            case sums = "sums_per_step"
            case gigabitsPerSecond = "gbit_per_second"
            case alone = "alone_seconds"
            case measured = "measured_seconds"
            case model = "model_seconds"
            case isFitted = "fitted"
            case heldOut = "held_out_seconds"
        }
    }

    /// A step that nobody measured.
    public struct Prediction: Codable, Sendable {
        public var ranks: Int
        public var gigabitsPerSecond: Double
        public var imagesPerRank: Int
        public var seconds: Double
        public var imagesPerSecond: Double
        /// Images a second over those of as many single ranks with the whole work of one.
        public var efficiency: Double

        enum CodingKeys: String, CodingKey {
            case ranks, seconds, efficiency
            case gigabitsPerSecond = "gbit_per_second"
            case imagesPerRank = "images_per_rank"
            case imagesPerSecond = "images_per_second"
        }
    }

    /// What is predicted.
    public struct Question: Sendable {
        /// Powers of two.
        public var ranks = (0...10).map { 1 << $0 }
        public var rates = [1.0, 10, 25, 100]
        /// Of weak scaling; nil for the most that were measured.
        public var imagesPerRank: Int?
        /// Global, of strong scaling.
        public var batch = 1024

        public init() {}
    }

    public var name: String
    public var model: ScalingModel
    public var compute: ScalingData.Compute
    public var gradientBytes: Double
    public var sums: Double
    public var rows: [Row]
    /// The batch of a rank is fixed.
    public var weak: [Prediction]
    /// The batch of all ranks is fixed; ends where a rank has one microbatch.
    public var strong: [Prediction]

    enum CodingKeys: String, CodingKey {
        case name = "case"
        case model, compute, rows, weak, strong
        case gradientBytes = "gradient_bytes_per_step"
        case sums = "sums_per_step"
    }

    public init(_ data: ScalingData, _ question: Question) {
        let fitted = data.points.filter(\.isToFit)
        let most = fitted.map(\.load.ranks).max() ?? 0
        let fewer = fitted.filter { $0.load.ranks < most }
        let model = ScalingModel.fitted(to: fitted)
        let blind = fewer.isEmpty ? nil : ScalingModel.fitted(to: fewer)
        rows = data.points.map { point in
            func seconds(_ model: ScalingModel) -> Double {
                model.seconds(point.load, isOverlapped: point.isOverlapped)
            }
            return Row(
                way: point.way, ranks: point.load.ranks, sums: point.load.sums,
                gigabitsPerSecond: point.load.gigabitsPerSecond, alone: point.load.computeSeconds,
                measured: point.seconds,
                model: seconds(model), isFitted: point.isToFit,
                heldOut: point.load.ranks == most ? blind.map(seconds) : nil)
        }
        name = data.name
        self.model = model
        compute = data.compute
        gradientBytes = data.gradientBytes
        sums = data.sums

        let images = question.imagesPerRank ?? data.compute.images
        func predict(_ ranks: Int, _ images: Int, _ rate: Double, whole: Int) -> Prediction {
            let load = data.load(ranks: ranks, images: images, gigabitsPerSecond: rate)
            let seconds = model.seconds(load)
            let speed = Double(ranks * images) / seconds
            return Prediction(
                ranks: ranks, gigabitsPerSecond: rate, imagesPerRank: images, seconds: seconds, imagesPerSecond: speed,
                efficiency: speed * data.compute.seconds(images: whole) / Double(ranks * whole))
        }
        weak = question.rates.flatMap { rate in
            question.ranks.map { predict($0, images, rate, whole: images) }
        }
        strong = question.rates.flatMap { rate in
            question.ranks.filter { question.batch % ($0 * data.compute.microbatch) == 0 }.map {
                predict($0, question.batch / $0, rate, whole: question.batch)
            }
        }
    }

    /// Root of the mean square, and the largest, of relative errors; nil where there are none.
    public static func size(of errors: [Double]) -> (typical: Double, worst: Double)? {
        guard let worst = errors.map(abs).max() else { return nil }
        return ((errors.reduce(0) { $0 + $1 * $1 } / Double(errors.count)).squareRoot(), worst)
    }
}

extension ScalingData {
    /// A step on nodes such as the one measured, one rank to each.
    func load(ranks: Int, images: Int, gigabitsPerSecond: Double) -> ScalingModel.Load {
        let seconds = compute.seconds(images: images)
        return ScalingModel.Load(
            ranks: ranks, computeSeconds: seconds,
            microbatchSeconds: seconds * Double(min(compute.microbatch, images)) / Double(images),
            gradientBytes: gradientBytes, sums: sums, gigabitsPerSecond: gigabitsPerSecond)
    }
}
