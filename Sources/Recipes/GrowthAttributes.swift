import Models
import State
import Storage

extension GrowthLevel {
    /// At which the networks of a checkpoint are. Nil where they did not grow.
    ///
    /// - Parameter final: resolution of the fully grown networks.
    /// - Throws: ``StateError`` where the networks have no such level.
    public init?(_ contents: CheckpointContents, path: String, final: Int) throws {
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
        self.init(resolution: resolution, fade: fade)
    }
}
