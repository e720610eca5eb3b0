/// The number of each transform among an augmentation's draws. It never changes: runs are to keep their bits.
package enum AugmentationSlot: Int {
    case flip = 0
    case quarterTurns, wholeShift, scale, rotationBefore, stretch, rotationAfter, shift
    case brightness, contrast, lumaFlip, hue, saturation
    /// Of the first of four bands.
    case filter = 13
    case noise = 17
    case cutout = 18
    // DiffAugment's.
    case diffBrightness = 32
    case diffSaturation, diffContrast, diffTranslation, diffCutout
}

extension AugmentationDraws {
    func uniforms(_ slot: AugmentationSlot, count: Int = 1) -> [Float] { uniforms(slot.rawValue, count: count) }
    func normals(_ slot: AugmentationSlot, count: Int = 1) -> [Float] { normals(slot.rawValue, count: count) }

    /// Of each sample whether it has a transform, and numbers in [0, 1) for it: rows of one draw, so that what a
    /// transform takes of them depends on neither.
    func gated(_ slot: AugmentationSlot, _ probability: Float, count: Int = 0) -> [(
        isOn: Bool, values: ArraySlice<Float>
    )] {
        let all = uniforms(slot, count: 1 + count)
        return (0..<self.count).map { i in
            let row = all[i * (1 + count)..<(i + 1) * (1 + count)]
            return (row[row.startIndex] < probability, row.dropFirst())
        }
    }
}
