/// The counters of a checkpoint, which a run goes on counting from.
public enum CheckpointCounters {
    /// More images than any run can show: `kimg` is at most 10⁹.
    public static let mostImages = 1 << 40

    /// What each counter may be, by the name of its attribute. A step shows an image at least, and an optimiser takes at
    /// most two steps in it.
    private static let limits: [(name: String, most: Int)] = [
        ("images_shown", mostImages), ("step", mostImages), ("optimizer_steps_generator", 2 * mostImages),
        ("optimizer_steps_discriminator", 2 * mostImages),
    ]

    /// - Throws: ``CheckpointError`` (65) naming a counter that no run reaches; one that is missing passes.
    static func check(_ contents: CheckpointContents, _ path: String) throws {
        for (name, most) in limits {
            guard let value = contents.attribute(name) else { continue }
            guard let count = value.intValue, (0...most).contains(count) else {
                throw CheckpointError.damaged(path, "the attribute \(name) is \(value), expected 0 to \(most)")
            }
        }
        guard let step = contents.attribute("step")?.intValue,
            let images = contents.attribute("images_shown")?.intValue, step > images
        else { return }
        throw CheckpointError.damaged(
            path, "the attribute step is \(step), but images_shown only \(images): every step shows an image at least")
    }
}
