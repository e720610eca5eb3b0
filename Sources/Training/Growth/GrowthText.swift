import Configuration
import Reporting

extension ResolvedConfiguration {
    /// How the networks are going to grow, for a run's log; nil where they do not.
    var growthText: String? {
        guard configuration.growing.enabled, let first = stages.first else { return nil }
        let growing = configuration.growing
        func images(_ count: Int) -> String { NumberText.grouped(count) }
        let training = "\(images(growing.trainingImages)) images"
        let length =
            growing.trigger == .images
            ? "\(training) at each"
            : "until a plateau of \(growing.plateauSignal.rawValue), at most \(training), at each"
        let fade = growing.transitionImages > 0 ? "a fade of \(images(growing.transitionImages))" : "no fade"
        let grown = growing.trigger == .images ? "fully grown after" : "fully grown at the latest after"
        let batches = stages.map { "\($0.resolution)²: \($0.batch)" }.joined(separator: ", ")
        return "grows from \(first.resolution)² to \(resolution)²: \(length), then \(fade); "
            + "\(grown) \(images(growthImages)); batch by resolution \(batches)"
    }
}
