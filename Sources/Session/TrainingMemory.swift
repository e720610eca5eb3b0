import Training
import Configuration
import Failure
import Layers
import Recipes
import Reporting
import Storage

/// The memory that a rank of a run needs at the very least, told before any of it is allocated.
///
/// Activations, which are most of it, are left out but for those of networks that go through the whole batch at once: what
/// is refused here could never have worked.
public enum TrainingMemory {
    /// Copies of the generator's parameters: values, gradients, two moments, the average.
    private static let generatorCopies = 5
    /// Of the discriminator's.
    private static let discriminatorCopies = 4

    /// - Parameters:
    ///   - localRanks: that share the memory of this node.
    ///   - available: bytes of it; 0 where the system does not tell.
    /// - Throws: ``ConfigurationError`` that names the key and both numbers.
    public static func check(
        _ configuration: ResolvedConfiguration, localRanks: Int, available: Int = ProcessMemory.availableBytes
    ) throws {
        let share = available / max(1, localRanks)
        func check(_ key: String, _ what: String, _ bytes: Int?, _ advice: String) throws {
            if let bytes, available == 0 || bytes <= share { return }
            throw ConfigurationError(
                .outOfRange, key: key, source: .resolution,
                message:
                    "\(what) would take \(bytes.map { Files.text(bytes: $0) } ?? "more memory than can be counted"),"
                    + " but a rank has \(Files.text(bytes: share)); \(advice)")
        }
        try check(
            "model.channel_base", "the networks", networkBytes(configuration),
            configuration.conditionChannels > 0
                ? "lower model.channel_base or model.condition_width"
                : "lower model.channel_base, model.channel_max, model.z_dim or model.w_dim")
        let batch = configuration.configuration.batchPerRank == nil ? "batch" : "batch_per_rank"
        try check(
            batch, "a rank's images of a step", imageBytes(configuration),
            configuration.loss.dSteps == 1
                ? "lower batch, or use more nodes" : "lower batch or loss.d_steps, or use more nodes")
        if configuration.loss.lecamWeight > 0 {
            // Of reals and of fakes.
            try check(
                batch, "a discriminator whose loss needs the whole batch at once (loss.lecam_weight)",
                wholeBatchBytes(configuration).flatMap { [$0, 2].checkedProduct() }, "lower batch, or use more nodes")
        }
        let (generator, discriminator) = Recipes.type(configuration).declared(by: configuration)
        guard generator.looksAtWholeBatch || discriminator.looksAtWholeBatch else { return }
        try check(
            batch,
            "a \(generator.looksAtWholeBatch ? "generator" : "discriminator") that looks at the whole batch at once",
            wholeBatchBytes(configuration),
            "lower batch, or use more nodes")
    }

    private static func networkBytes(_ configuration: ResolvedConfiguration) -> Int? {
        let (generator, discriminator) = Recipes.type(configuration).declared(by: configuration)
        func count(_ declarations: [ParameterDeclaration]) -> Int? {
            let counts = declarations.map { $0.layout.shape.checkedProduct() }
            return counts.contains(nil) ? nil : counts.compactMap { $0 }.checkedSum()
        }
        guard let g = count(generator.declarations), let d = count(discriminator.declarations) else { return nil }
        guard let copiesG = [g, generatorCopies].checkedProduct(),
            let copiesD = [d, discriminatorCopies].checkedProduct(), let copies = [copiesG, copiesD].checkedSum()
        else { return nil }
        return [copies, MemoryLayout<Float>.stride].checkedProduct()
    }

    /// Of the coming steps as they are read, pictures as bytes and fields as floats, and of one as floats; of all batches
    /// that a step reads. Label maps, where they supervise or condition, as bytes, and images that condition as floats; of one
    /// step what conditions each pixel as floats, too.
    private static func imageBytes(_ configuration: ResolvedConfiguration) -> Int? {
        let (steps, float) = (Coordinator.stepsReadAhead + 1, MemoryLayout<Float>.stride)
        let condition = configuration.data.condition
        let samples = configuration.channels * (steps * (configuration.isPicture ? 1 : float) + float)
        let maps = configuration.labelMaps == nil && condition != .map ? 0 : steps
        let conditions = configuration.conditionChannels * float * (condition == .image ? steps + 1 : 1)
        let perPixel = samples + maps + conditions
        // Image to image has one for both networks.
        let isOfGenerator = configuration.loss.kind.judgesPairs && configuration.conditionChannels == 0
        let batches = configuration.loss.dSteps + (isOfGenerator ? 1 : 0)
        let stages = configuration.stages.map { stage in
            let size = configuration.mapSize(at: stage.resolution)
            return [
                stage.batch / configuration.ranks, batches, size.height, size.width, perPixel,
            ].checkedProduct()
        }
        return stages.contains(nil) ? nil : stages.compactMap { $0 }.max()
    }

    /// The least that the backward pass through such a network reads: of each image of a rank a feature map at each
    /// resolution, as floats.
    private static func wholeBatchBytes(_ configuration: ResolvedConfiguration) -> Int? {
        var (floats, side) = (0, 4)
        while side <= configuration.resolution {
            let size = configuration.mapSize(at: side)
            // Image to image widens otherwise, but is nowhere narrower than at full size.
            let channels =
                configuration.conditionChannels > 0 ? configuration.networkWidth : configuration.channels(at: side)
            guard let map = [size.height, size.width, channels].checkedProduct(),
                let sum = [floats, map].checkedSum()
            else { return nil }
            (floats, side) = (sum, side * 2)
        }
        return [floats, configuration.batchPerRank, MemoryLayout<Float>.stride].checkedProduct()
    }
}
