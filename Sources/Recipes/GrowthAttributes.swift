import Models
import State
import Storage

extension GrowthLevel {
    /// At which the networks of a checkpoint are. Nil where they did not grow.
    ///
    /// - Parameters:
    ///   - final: resolution of the fully grown networks.
    ///   - grows: whether they have other levels than that.
    /// - Throws: ``StateError`` where the networks have no such level.
    public init?(_ contents: CheckpointContents, path: String, final: Int, grows: Bool = true) throws {
        guard let found = contents.attribute("level_resolution") else { return nil }
        guard let resolution = found.intValue, resolution >= 4, resolution <= final, resolution.nonzeroBitCount == 1
        else {
            throw StateError(
                path: path,
                reason: "the attribute level_resolution is \(found), expected a power of two from 4 to \(final)")
        }
        guard let share = contents.attribute("level_fade") else {
            throw StateError(path: path, reason: "the attribute level_fade is missing")
        }
        guard let fade = share.floatValue, fade == 0 || (resolution > 4 && fade > 0 && fade < 1) else {
            throw StateError(
                path: path,
                reason: "the attribute level_fade is \(share), expected 0"
                    + (resolution > 4 ? " to below 1" : " at the first resolution"))
        }
        guard grows || (resolution == final && fade == 0) else {
            throw StateError(
                path: path,
                reason: "the attribute level_resolution is \(resolution), level_fade \(fade), but networks of this kind"
                    + " do not grow: expected \(final) and 0, or neither")
        }
        self.init(resolution: resolution, fade: fade)
    }
}
