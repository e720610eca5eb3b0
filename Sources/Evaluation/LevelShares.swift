import Cluster
import Kernels

/// What one rank keeps of a set of images: some levels of the pyramids of its share, normalised.
struct LevelShares {
    /// One for each side.
    let shares: [LevelShare]

    /// Collective. Asks `source` for this rank's share of the images, once.
    init(of source: ImageSource, as set: ComparedSet, sides: [Int], job: SlicedWasserstein.Job) throws {
        let (deal, communicator) = (job.deal, job.communicator)
        let channels = source.channels
        let layouts = sides.map { LevelLayout(side: $0, channels: channels) }
        var kept: [[Int: BufferView]] = sides.map { _ in [:] }
        // A chunk's sums for each side: added up in the order of chunks, whoever had them.
        var sums: [Double] = []
        try deal.forEachPart(communicator) { places in
            let numbers = places.map { deal.number($0) }
            let bytes = try source.images(numbers)
            let targets = layouts.map { BufferView(count: numbers.count * $0.kept) }
            let results = numbers.map { _ in ImageSums() }
            Workers.forEach(numbers.count) { index in
                let image = bytes[index * source.imageBytes..<(index + 1) * source.imageBytes].map { Float($0) }
                let levels = LaplacianPyramid.levels(
                    of: image, resolution: source.resolution, channels: channels, smallest: SlicedWasserstein.smallest)
                for (layout, target) in zip(layouts, targets) {
                    guard let level = levels.first(where: { $0.side == layout.side }) else { continue }
                    let centers = job.draws.centers(set, image: numbers[index], level: layout.side)
                    let own = target.slice(index * layout.kept, layout.kept)
                    layout.keep(level.values, centers: centers, in: own)
                    let patches = BufferView(count: layout.patchElements)
                    layout.takePatches(of: own, centers: centers, into: patches)
                    results[index].sides.append(ChannelSums(patches, channels: channels))
                }
            }
            for side in sides.indices {
                kept[side][places.lowerBound / ImageDeal.chunkSize] = targets[side]
                var sum = ChannelSums(channels: channels)
                for result in results { sum.add(result.sides[side].sums) }
                sums += sum.sums
            }
        }
        let all = try communicator.allGather(sums, total: deal.chunks * sides.count * 2 * channels)
        shares = try sides.indices.map { side in
            var total = ChannelSums(channels: channels)
            for chunk in 0..<deal.chunks {
                total.add(
                    all[(chunk * sides.count + side) * 2 * channels..<(chunk * sides.count + side + 1) * 2 * channels])
            }
            let moments = total.moments(count: deal.count * Patches.perImage * Patches.elements(1))
            try Self.check(moments, source, side: sides[side])
            let share = LevelShare(set: set, layout: layouts[side], chunks: kept[side])
            share.normalize(moments)
            return share
        }
    }

    private static func check(
        _ moments: [(mean: Double, deviation: Double)], _ source: ImageSource, side: Int
    ) throws {
        // What remains of the sums' rounding is no variation.
        if let flat = moments.firstIndex(where: { !($0.deviation > 1e-5 * max(1, abs($0.mean))) }) {
            throw EvaluationError(
                "SWD: the \(source.name) images do not vary in channel \(flat) of the level of \(side)×\(side), "
                    + "expected images that differ from a constant; no distance is defined for them")
        }
    }

    /// Sums over the patches of an image at each side.
    private final class ImageSums {
        var sides: [ChannelSums] = []
    }
}

/// One level of a rank's share of a set.
struct LevelShare {
    let set: ComparedSet
    let layout: LevelLayout
    /// What is kept of this rank's chunks, image by image.
    let chunks: [Int: BufferView]

    /// To mean 0 and deviation 1 in each channel.
    func normalize(_ moments: [(mean: Double, deviation: Double)]) {
        let means = moments.map { Float($0.mean) }
        let factors = moments.map { Float(1 / $0.deviation) }
        let views = Array(chunks.values)
        Workers.forEach(views.count) { index in
            views[index].withUnsafeElements { values in
                for channel in means.indices {
                    for i in stride(from: channel, to: values.count, by: means.count) {
                        values[i] = (values[i] - means[channel]) * factors[channel]
                    }
                }
            }
        }
    }

    /// Collective. Calls `body` for every chunk of the set, in order, with what is kept of it on the rank that has it.
    func forEachChunk(
        of job: SlicedWasserstein.Job, _ body: (_ chunk: Int, _ kept: BufferView) -> Void
    ) throws {
        let (deal, communicator) = (job.deal, job.communicator)
        for chunk in 0..<deal.chunks {
            let kept = chunks[chunk] ?? BufferView(count: deal.places(chunk).count * layout.kept)
            if communicator.size > 1 {
                let owner = ImageDeal.owner(of: chunk, items: deal.chunks, ranks: communicator.size)
                try kept.withUnsafeElements { try communicator.broadcast($0, from: owner) }
            }
            body(chunk, kept)
        }
    }

    /// The patches of a chunk, [128 an image, 7·7·C].
    func patches(of chunk: Int, kept: BufferView, job: SlicedWasserstein.Job) -> BufferView {
        if layout.keepsPatches { return kept }
        let numbers = job.deal.numbers(chunk)
        let patches = BufferView(count: numbers.count * layout.patchElements)
        Workers.forEach(numbers.count) { index in
            layout.takePatches(
                of: kept.slice(index * layout.kept, layout.kept),
                centers: job.draws.centers(set, image: numbers[index], level: layout.side),
                into: patches.slice(index * layout.patchElements, layout.patchElements))
        }
        return patches
    }
}
