import CKernels

/// A 3×3 convolution (correlation, as in PyTorch) of NHWC images in groups of channels, each with itself alone, and its
/// two adjoints; zeros beyond the border. Each of the three is the gradient of the other two, up to order.
///
/// A group of sixteen channels is a vector wide: its pixels are brought together, and multiplied where they lie. Other
/// widths fill a part of their vectors. Results do not depend on the number of threads.
public struct GroupedConvolution: Hashable, Sendable {
    public let batch, height, width, channels, groups: Int

    public init(batch: Int, height: Int, width: Int, channels: Int, groups: Int) {
        precondition(
            batch >= 0 && height > 0 && width > 0 && groups > 0 && channels > 0 && channels % groups == 0,
            "GroupedConvolution: \(batch) images of \(height)×\(width), \(channels) channels in \(groups) groups")
        (self.batch, self.height, self.width, self.channels, self.groups) = (batch, height, width, channels, groups)
    }

    /// Channels of a group.
    public var groupWidth: Int { channels / groups }
    /// Elements of the images, and of what becomes of them.
    public var imageCount: Int { batch * height * width * channels }
    public var weightCount: Int { 9 * groupWidth * channels }
    /// Multiplications and additions of the convolution or either gradient.
    public var arithmetic: Int { 2 * batch * height * width * weightCount }

    /// y = x * w, or with terms act((x * w) · scale + noise · strength + bias).
    ///
    /// - Parameters:
    ///   - x: [N, H, W, C]
    ///   - w: [3, 3, C/groups, C]: to each of the C outputs from the channels of its own group.
    ///   - y: as `x`, overwritten.
    ///   - cache: where the weights are kept in the order in which they are multiplied; nil puts them in order anew.
    public func forward(
        _ x: BufferView, _ w: BufferView, into y: BufferView, cache: TransformCache? = nil, terms: Epilogue.Terms? = nil
    ) {
        let start = OperationProfile.begin()
        defer { OperationProfile.end(start, .grouped(.groupedConvolution, self)) }
        check(x, w, y)
        terms?.check(samples: batch, positions: height * width, channels: channels)
        convolve(x, ordered(w, cache, isAdjoint: false), into: y, terms)
    }

    /// dx = the adjoint in x, applied to g.
    ///
    /// - Parameters:
    ///   - g: [N, H, W, C]
    ///   - w: [3, 3, C/groups, C]
    ///   - dx: as `g`, overwritten.
    ///   - cache: as of ``forward(_:_:into:cache:terms:)``.
    public func inputGradient(
        _ g: BufferView, _ w: BufferView, into dx: BufferView, cache: TransformCache? = nil
    ) {
        let start = OperationProfile.begin()
        defer { OperationProfile.end(start, .grouped(.groupedConvolutionInputGradient, self)) }
        check(g, w, dx)
        convolve(g, ordered(w, cache, isAdjoint: true), into: dx, nil)
    }

    /// dw = the adjoint in w, applied to g.
    ///
    /// - Parameters:
    ///   - x: [N, H, W, C]
    ///   - g: as `x`.
    ///   - dw: [3, 3, C/groups, C], overwritten.
    public func weightGradient(_ x: BufferView, _ g: BufferView, into dw: BufferView) {
        let start = OperationProfile.begin()
        defer { OperationProfile.end(start, .grouped(.groupedConvolutionWeightGradient, self)) }
        check(x, dw, g)
        guard batch > 0 else { return dw.pointer.update(repeating: 0, count: dw.count) }
        let (xp, gp, image, n) = (x.pointer, g.pointer, height * width * channels, groupWidth)
        let block = groupsAtATime(among: 16)
        let blocks = (groups + block - 1) / block
        // Images in a fixed number of parts, then the parts in order.
        let parts = min(batch, max(1, 32 / blocks))
        let others = Buffer(count: max(1, (parts - 1) * dw.count))
        // Long sums round more: those of some pixels at a time are added to what came before.
        let lines = min(self.lines(block), max(1, 2 * Self.pixelsInASum / width))
        let size = gathered(lines) * block
        let sixteens = (n + 15) / 16
        let (gradients, sums) = (lines * width * sixteens * 16, sixteens * 9 * fours * 16)
        Workers.forEach(parts * blocks) { item in
            let (part, first) = (item / blocks, item % blocks * block)
            let count = min(block, groups - first)
            let target = part == 0 ? dw.pointer : others.pointer + (part - 1) * dw.count
            let scratch = Workers.scratch(size + gradients + block * sums)
            let (gradient, sum) = (scratch + size, scratch + size + gradients)
            let images = part * batch / parts..<(part + 1) * batch / parts
            var (pixels, isFirst) = (0, true)
            sum.update(repeating: 0, count: count * sums)
            for index in images {
                forEachStrip(lines) { strip in
                    var c = strip
                    let each = gathered(Int(strip.rows))
                    ck_grouped_gather(xp + index * image, &c, Int64(first * n), Int64(count), scratch)
                    for k in 0..<count {
                        ck_grouped_gather_gradients(gp + index * image, &c, Int64((first + k) * n), gradient)
                        ck_grouped_weight_sums(scratch + k * each, gradient, &c, sum + k * sums)
                    }
                    pixels += Int(strip.rows) * width
                    let isLast = index == images.upperBound - 1 && Int(strip.first + strip.rows) == height
                    guard pixels >= Self.pixelsInASum || isLast else { return }
                    for k in 0..<count {
                        ck_grouped_weights_back(
                            sum + k * sums, Int64(channels), Int64(n), Int64((first + k) * n), isFirst ? 0 : 1, target)
                    }
                    (pixels, isFirst) = (0, false)
                    sum.update(repeating: 0, count: count * sums)
                }
            }
        }
        PartialSums.add(others.pointer, parts: parts, to: dw.pointer, count: dw.count)
    }

    private func convolve(_ x: BufferView, _ weights: Buffer, into y: BufferView, _ terms: Epilogue.Terms?) {
        guard batch > 0 else { return }
        let (xp, yp, image, n) = (x.pointer, y.pointer, height * width * channels, groupWidth)
        let block = groupsAtATime(among: max(1, 16 / batch))
        let blocks = (groups + block - 1) / block
        let lines = self.lines(block)
        let strips = (height + lines - 1) / lines
        Workers.forEach(batch * blocks * strips) { item in
            let (index, place) = item.quotientAndRemainder(dividingBy: blocks * strips)
            let (strip, first) = (place / blocks, place % blocks * block)
            let count = min(block, groups - first)
            var c = self.strip(from: strip * lines, lines)
            let each = gathered(Int(c.rows))
            let scratch = Workers.scratch(count * each)
            ck_grouped_gather(xp + index * image, &c, Int64(first * n), Int64(count), scratch)
            func rows(_ terms: UnsafePointer<ck_epilogue_terms>?) {
                for k in 0..<count {
                    ck_grouped_rows(
                        scratch + k * each, weights.pointer + (first + k) * orderedCount, &c, Int64((first + k) * n),
                        terms, yp + index * image)
                }
            }
            if var terms = terms?.c(
                sample: index, first: Int(c.first) * width, positions: height * width, channels: channels)
            {
                rows(&terms)
            } else {
                rows(nil)
            }
        }
    }

    /// After so many pixels, or a strip more, a weight's sum is added to those before.
    private static let pixelsInASum = 256
    /// Floats that the gathered rows of some groups hold, if there are several rows: they stay in the second-level cache.
    private static let heldAtATime = 80_000

    /// Channels of a pixel, rounded up as they are gathered.
    private var fours: Int { (groupWidth + 3) / 4 * 4 }
    /// Of a group's weights in order.
    private var orderedCount: Int { (groupWidth + 15) / 16 * 16 * 9 * groupWidth }

    /// Groups whose pixels are gathered together, which lie side by side: no more than leave some for `workers`.
    private func groupsAtATime(among workers: Int) -> Int {
        max(1, min(256 / groupWidth, (groups + workers - 1) / workers))
    }

    /// Floats that some rows of a group take once they are gathered, with those around them.
    private func gathered(_ lines: Int) -> Int {
        var c = ck_grouped(h: 0, w: Int64(width), c: 0, n: Int64(groupWidth), first: 0, rows: Int64(lines))
        return Int(ck_grouped_gathered(&c))
    }

    /// Rows that are gathered together, of so many groups: about as many in each strip of an image.
    private func lines(_ block: Int) -> Int {
        let line = gathered(1) - gathered(0)
        let most = max(1, Self.heldAtATime / (block * line) - 2)
        let strips = (height + most - 1) / most
        return (height + strips - 1) / strips
    }

    private func strip(from first: Int, _ lines: Int) -> ck_grouped {
        ck_grouped(
            h: Int64(height), w: Int64(width), c: Int64(channels), n: Int64(groupWidth), first: Int64(first),
            rows: Int64(min(lines, height - first)))
    }

    private func forEachStrip(_ lines: Int, _ body: (ck_grouped) -> Void) {
        for first in stride(from: 0, to: height, by: lines) { body(strip(from: first, lines)) }
    }

    /// Weights as they are multiplied, group by group.
    private func ordered(_ w: BufferView, _ cache: TransformCache?, isAdjoint: Bool) -> Buffer {
        let make = {
            let weights = Buffer(count: groups * orderedCount)
            let (source, target) = (w.pointer, weights.pointer)
            Workers.forEachRange(groups, grain: max(1, Elementwise.grain / orderedCount)) { range in
                for group in range {
                    ck_grouped_weights(
                        source, Int64(channels), Int64(groupWidth), Int64(group * groupWidth), isAdjoint ? 1 : 0,
                        target + group * orderedCount)
                }
            }
            return weights
        }
        return cache?.buffer(.grouped(isAdjoint: isAdjoint), orMake: make) ?? make()
    }

    private func check(_ input: BufferView, _ weights: BufferView, _ output: BufferView) {
        precondition(
            input.count == imageCount && weights.count == weightCount && output.count == imageCount,
            "GroupedConvolution: images, weights, results have \(input.count), \(weights.count), \(output.count) "
                + "elements; \(self) needs \(imageCount), \(weightCount), \(imageCount)")
    }
}
