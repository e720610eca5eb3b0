import Configuration
import Reporting

/// What the numbers of a run say of its health, in words: what is ill, by which number, and what to try.
///
/// A complaint is made once, and again only after the run has been well in between. Nothing is decided by it.
package struct TrainingHealth {
    /// Ticks that a judgement rests on, of 1000 images each.
    package static let window = 10
    /// Networks that have seen fewer images cannot be expected to do anything yet.
    static let firstImages = 10_000

    private let lossKind: LossKind
    /// Means of the last ticks, by name.
    private var recent: [String: [Double]] = [:]
    /// Of a run's first ticks.
    private var earlyGGDR: [Double]
    private var leftOut: [Int] = []
    private var told: Set<Complaint> = []

    private enum Complaint { case discriminatorWins, ggdrStays, collapse, similarity, leavesOut }

    /// - Parameter earlyGGDR: `loss/ggdr` of the run's first ticks, where it goes on.
    package init(_ lossKind: LossKind, earlyGGDR: [Double] = []) {
        self.lossKind = lossKind
        self.earlyGGDR = Array(earlyGGDR.prefix(Self.earlyTicks))
    }

    private static let earlyTicks = 3
    private static let names = ["score/real", "score/fake", "score/real_sign", "loss/ggdr"]

    /// After a tick.
    ///
    /// - Parameters:
    ///   - mean: of a statistic since the tick before; nil for what the run does not have.
    ///   - leftOut: updates in all that were left out because they were not finite.
    /// - Returns: what there is to tell.
    package mutating func tick(imagesShown: Int, leftOut: Int, mean: (String) -> Double?) -> [String] {
        for name in Self.names {
            guard let value = mean(name), value.isFinite else { continue }
            recent[name, default: []].append(value)
            if recent[name, default: []].count > Self.window { recent[name]?.removeFirst() }
        }
        if let value = mean("loss/ggdr"), value.isFinite, earlyGGDR.count < Self.earlyTicks { earlyGGDR.append(value) }
        self.leftOut.append(leftOut)
        if self.leftOut.count > Self.window + 1 { self.leftOut.removeFirst() }
        return [discriminatorWins(), ggdrStays(imagesShown), leavesOut()].compactMap { $0 }
    }

    /// After a sheet of samples.
    ///
    /// - Parameter variation: of the samples' pixels from image to image, as a share of that of as many real images.
    package mutating func sheet(imagesShown: Int, variation: Double) -> String? {
        guard imagesShown >= Self.firstImages else { return nil }
        return judge(.collapse, isIll: variation < 0.25, isWell: variation > 0.5) {
            "samples hardly differ: the pixels of a sheet vary \(NumberText.fixed(100 * variation, 0)) % as much as those "
                + "of real images. This is mode collapse; \(Self.collapseRemedies)"
        }
    }

    /// After metrics were measured.
    ///
    /// - Parameter similarity: mean MS-SSIM of pairs of samples, and of pairs of real images.
    package mutating func measured(imagesShown: Int, similarity: (generated: Double, real: Double)) -> String? {
        guard imagesShown >= Self.firstImages else { return nil }
        let excess = similarity.generated - similarity.real
        return judge(.similarity, isIll: excess > 0.2, isWell: excess < 0.1) {
            "samples resemble each other: MS-SSIM of their pairs is \(NumberText.fixed(similarity.generated, 3)), of real "
                + "pairs \(NumberText.fixed(similarity.real, 3)). This is mode collapse; \(Self.collapseRemedies)"
        }
    }

    private static let collapseRemedies =
        "go on from an earlier checkpoint (--resume FILE) with a larger loss.r1_gamma, a lower optimizer.g_lr or a larger "
        + "batch"

    /// Both scores far from zero, each on its side: the generator learns little from it.
    private mutating func discriminatorWins() -> String? {
        guard lossKind.scoresHaveZero, let real = lasting("score/real"), let fake = lasting("score/fake"),
            let sign = lasting("score/real_sign")
        else { return nil }
        let gap = real - fake
        return judge(.discriminatorWins, isIll: sign > 0.9 && fake < 0 && gap > 5, isWell: sign < 0.8 || gap < 4) {
            "the discriminator wins: it scores real images \(NumberText.fixed(real, 1)) and fakes "
                + "\(NumberText.fixed(fake, 1)), and the mean sign of real ones is \(NumberText.fixed(sign, 2)) (0.6 would be "
                + "sound). With few images it learns them by heart: stop at the best checkpoint (metrics.best), or try more "
                + "images, data.mirror=true, a larger loss.r1_gamma, a lower optimizer.d_lr"
        }
    }

    private mutating func ggdrStays(_ imagesShown: Int) -> String? {
        guard imagesShown >= 3 * Self.firstImages, earlyGGDR.count == Self.earlyTicks, let now = lasting("loss/ggdr")
        else { return nil }
        let early = earlyGGDR.reduce(0, +) / Double(earlyGGDR.count)
        return judge(.ggdrStays, isIll: now > 0.9 * early, isWell: now < 0.8 * early) {
            "GGDR's loss does not fall: it was \(NumberText.short(early)) at first and is \(NumberText.short(now)): the "
                + "decoder does not find the generator's feature maps. Try another ggdr.resolution, a larger ggdr.weight, "
                + "or a larger optimizer.d_lr"
        }
    }

    private mutating func leavesOut() -> String? {
        guard let first = leftOut.first, let last = leftOut.last else { return nil }
        let (count, ticks) = (last - first, leftOut.count - 1)
        return judge(.leavesOut, isIll: count >= 3, isWell: count == 0) {
            "\(count) updates of the last \(ticks) ticks were not finite and left out (guard.nan=skip): that "
                + "is no rare overflow. Try lower rates (optimizer.g_lr, optimizer.d_lr), a larger optimizer.epsilon, "
                + "model.clamp"
        }
    }

    /// The mean of a full window.
    private func lasting(_ name: String) -> Double? {
        guard let values = recent[name], values.count == Self.window else { return nil }
        return values.reduce(0, +) / Double(values.count)
    }

    /// Between ill and well nothing changes: a number at a bound must not fill the log.
    private mutating func judge(_ complaint: Complaint, isIll: Bool, isWell: Bool, _ text: () -> String) -> String? {
        if isWell { told.remove(complaint) }
        guard isIll, told.insert(complaint).inserted else { return nil }
        return text()
    }
}
