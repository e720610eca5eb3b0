/// Which numbers of a run stand in one chart, and what they mean.
struct ChartPlan: Sendable {
    let title: String
    let meaning: String
    /// Names, or beginnings of names with a `*`.
    let names: [String]
    var prefersLogarithm = false
    var isMemory = false

    /// Curves of one chart; more would be a thicket.
    private static let mostLines = 8

    static let training = [
        ChartPlan(
            title: "Losses",
            meaning:
                "What the two networks minimise. They play against each other: neither is to go to zero, and a level "
                + "course says more than a low one.",
            names: ["loss/generator", "loss/discriminator"]),
        ChartPlan(
            title: "Discriminator's loss, by images",
            meaning:
                "Its share on real and on generated images. Both near zero: it tells them apart without effort, and "
                + "the generator learns little.",
            names: ["loss/discriminator_real", "loss/discriminator_fake"]),
        ChartPlan(
            title: "Losses of classes",
            meaning:
                "How well the class of an image is told, where networks are trained by class: it falls as classes are "
                + "learnt.",
            names: ["loss/class_discriminator", "loss/class_generator"]),
        ChartPlan(
            title: "Losses of numbers",
            meaning:
                "How well the numbers that samples are conditioned on are told, as the mean squared error of what networks "
                + "see of them: it falls as the condition is learnt.",
            names: ["loss/regression_discriminator", "loss/regression_generator"]),
        ChartPlan(
            title: "Scores",
            meaning: "What the discriminator says of images before the loss: higher is more real. A gap that keeps "
                + "widening is a discriminator that wins.",
            names: ["score/real", "score/fake"]),
        ChartPlan(
            title: "Sign of real scores",
            meaning:
                "Mean sign of the scores of real images, or with loss.kind=relativistic of what they have beyond those "
                + "of generated ones. Near 1, the discriminator knows the data by heart.",
            names: ["score/real_sign"]),
        ChartPlan(
            title: "GGDR loss",
            meaning:
                "How far the discriminator's decoder is from the generator's features: the cosine distance, 0 to 2, or "
                + "with ggdr.distance=l2 the mean squared difference. It is to fall.",
            names: ["loss/ggdr"]),
        ChartPlan(
            title: "Loss of label maps",
            meaning:
                "How far the discriminator's decoder is from the label maps of real images (cross-entropy, classes "
                + "balanced). It is to fall.",
            names: ["loss/labels"]),
        ChartPlan(
            title: "Label maps found",
            meaning: "Share of their pixels that the discriminator's decoder finds, as the mean over the classes.",
            names: ["accuracy/labels"]),
        ChartPlan(
            title: "Augmentation",
            meaning:
                "Probability of the transforms that the discriminator sees images through; where it adapts, the mean sign "
                + "of real scores that it follows.",
            names: ["augment/*"]),
        ChartPlan(
            title: "LeCam",
            meaning:
                "The averages of scores that the discriminator's are held near, and how far beyond them its own are.",
            names: ["lecam/*", "loss/lecam"]),
        ChartPlan(
            title: "R1, R2 and gradient penalties",
            meaning:
                "Squared steepness of the discriminator at real images, at generated ones, or between images: small, and "
                + "without jumps.",
            names: ["r1_penalty", "r2_penalty", "loss/gradient_penalty"],
            prefersLogarithm: true),
        ChartPlan(
            title: "Path length",
            meaning: "How far images move when the latent moves by one; its running mean is what it is held to.",
            names: ["path_length", "path_length_mean", "loss/path_length"], prefersLogarithm: true),
        ChartPlan(
            title: "Gradient norms",
            meaning:
                "Length of the mean gradient of each phase of a step. Growth by orders of magnitude comes before a "
                + "collapse.",
            names: ["gradient_norm/*"], prefersLogarithm: true),
        ChartPlan(
            title: "Schedules",
            meaning: "Rates and weights that go from one value to another in the course of the run (schedule.*).",
            names: ["schedule/*"], prefersLogarithm: true),
        ChartPlan(
            title: "Growth",
            meaning: "Resolution of the networks, and how much of the old resolution is still in the picture.",
            names: ["resolution", "fade"]),
    ]

    static let resources = [
        ChartPlan(
            title: "Images per second", meaning: "Real images shown, all ranks together; without the time of metrics.",
            names: ["images_per_second"]),
        ChartPlan(
            title: "Seconds of a step",
            meaning: "Rank 0's, by phase; communication that is not hidden behind computing is what more ranks cost.",
            names: [
                "seconds/gmain", "seconds/greg", "seconds/dmain", "seconds/dreg", "seconds/optimizer", "seconds/data",
                "seconds/communication_not_hidden",
            ], prefersLogarithm: true),
        ChartPlan(
            title: "Ranks", meaning: "Work of a step on the median rank and on the slowest: all wait for that one.",
            names: ["ranks/work_seconds_median", "ranks/work_seconds_max"]),
        ChartPlan(
            title: "Memory", meaning: "Resident memory of rank 0. A line that keeps rising would be a leak.",
            names: ["memory_bytes", "memory_peak_bytes"], isMemory: true),
    ]

    /// Of metrics, by the word before the first slash.
    private static let metrics: [(name: String, title: String, meaning: String)] = [
        (
            "swd", "Sliced Wasserstein distance (SWD ×10³)",
            "Distance of patches of generated images from those of real ones, by size of the image they are taken from: "
                + "lower is better."
        ),
        (
            "msssim", "Likeness of generated images (MS-SSIM)",
            "Of pairs of generated images: a value that climbs, or lies far above the data's, is a collapse."
        ),
        (
            "fid", "Fréchet distance",
            "Distance between Gaussians around features of generated and real images: lower is better. Only values in the "
                + "features of one network can be compared; the name says which."
        ),
        (
            "kid", "Kernel distance (KID)",
            "Like the Fréchet distance, without its bias for few images: lower is better, 0 for the same distribution."
        ),
        (
            "is", "Inception score",
            "How sure a classifier is of each image, and how many classes it sees: higher is better."
        ),
        (
            "pr", "Precision and recall",
            "Share of generated images that look like real ones, and share of real ones that the generator reaches."
        ),
        (
            "dc", "Density and coverage",
            "How densely generated images lie where real ones do, and how many real ones have one nearby."
        ),
        ("ppl", "Perceptual path length", "How evenly images change along the latent space: lower is smoother."),
        (
            "spectrum", "Distance of power spectra",
            "How far the mean power of generated fields is from that of real ones at each scale, in powers of ten: 0.04 is "
                + "10 %, lower is better. A large spread alone tells of samples that are too much alike."
        ),
        (
            "histogram", "Distance of value histograms (χ²)",
            "How far the frequencies of values are from the real ones: 0 for equal histograms, 1 for those without a "
                + "common value."
        ),
        (
            "s2", "Distance of two-point statistics (S₂)",
            "How far the probability that two points both lie above the real median is from that of real fields, over "
                + "distances along both axes: lower is better."
        ),
        (
            "moments", "Distance of moments",
            "Mean and deviation in units of the real deviation, skewness and kurtosis as they are: lower is better. The "
                + "average is of mean and deviation."
        ),
        (
            "correlation", "Distance of correlations between channels",
            "How far the correlations of each two channels at one place are from the real ones: lower is better."
        ),
        (
            "seam", "Seam",
            "How much more neighbours differ across the border than inside, as if fields were periodic: 1 is no seam. Real "
                + "fields that are not periodic have more themselves."
        ),
    ]

    /// A chart for each metric that a run has.
    static func metrics(_ names: [String]) -> [ChartPlan] {
        let families = names.filter { !$0.hasPrefix("since_start") && $0 != "measuring_seconds" && $0 != "resolution" }
            .map { String($0.prefix { $0 != "/" }) }
        var seen = Set<String>()
        let order = metrics.map(\.name)
        return families.filter { seen.insert($0).inserted }
            .sorted { (order.firstIndex(of: $0) ?? order.count, $0) < (order.firstIndex(of: $1) ?? order.count, $1) }
            .map { family in
                let known = metrics.first { $0.name == family }
                return ChartPlan(
                    title: known?.title ?? family, meaning: known?.meaning ?? "As metrics.jsonl has it.",
                    names: [family, family + "/*"])
            }
    }

    /// Whatever else there is, by the word before the first slash.
    static func others(_ names: [String]) -> [ChartPlan] {
        let shown = (training + resources).flatMap(\.names)
        let left = names.filter { name in !shown.contains { Self.matches($0, name) } && name != "kimg" }
        let groups = Dictionary(grouping: left) { String($0.prefix { $0 != "/" }) }
        return groups.keys.sorted().flatMap { group -> [ChartPlan] in
            let members = (groups[group] ?? []).sorted()
            return stride(from: 0, to: members.count, by: mostLines).map { start in
                ChartPlan(
                    title: group, meaning: "As stats.jsonl has it.",
                    names: Array(members[start..<min(start + mostLines, members.count)]))
            }
        }
    }

    static func matches(_ pattern: String, _ name: String) -> Bool {
        pattern.hasSuffix("*") ? name.hasPrefix(pattern.dropLast()) : name == pattern
    }

    /// The names of a run that belong to it, in its own order.
    func found(in names: [String]) -> [String] {
        self.names.flatMap { pattern in names.filter { Self.matches(pattern, $0) } }
    }

    /// As many of the names that belong to it as there is room for: the average, which log and `metrics.best` go by, is
    /// none that is left out.
    func shown(of found: [String]) -> [String] {
        guard found.count > Self.mostLines else { return found }
        let averages = found.filter { $0.hasSuffix("/average") }
        return Array((averages + found.filter { !$0.hasSuffix("/average") }).prefix(Self.mostLines))
    }

    /// The chart of one run; nil where it has none of this.
    func chart(_ curves: RunCurves) -> HTML? {
        let lines = shown(of: found(in: curves.names)).map { name in
            CurveChart.Line(name: name, points: curves[name]?.shown ?? [], last: curves[name]?.last?.y)
        }
        return chart(lines, title: title)
    }

    /// A chart for each number, with a curve for each run.
    func charts(_ runs: [(name: String, curves: RunCurves)]) -> [HTML] {
        var seen = Set<String>()
        let all = runs.flatMap { found(in: $0.curves.names) }.filter { seen.insert($0).inserted }
        return shown(of: all).compactMap { number in
            let lines = runs.compactMap { run -> CurveChart.Line? in
                run.curves[number].map { CurveChart.Line(name: run.name, points: $0.shown, last: $0.last?.y) }
            }
            return chart(lines, title: number)
        }
    }

    private func chart(_ lines: [CurveChart.Line], title: String) -> HTML? {
        var chart = CurveChart(title: title, meaning: meaning, lines: lines, prefersLogarithm: prefersLogarithm)
        chart.isMemory = isMemory
        return chart.html
    }
}
