import CKernels

/// What stands beyond the border of a map that is read, or of one that is added to.
enum Beyond: Int32 {
    /// Nothing: read as zero, dropped when added to.
    case zero
    case periodic
    case reflect
    /// The outermost pixels again: what a map of repeated pixels that is mirrored looks like before they are repeated.
    case repeated

    init(_ padding: Padding) {
        self =
            switch padding {
            case .zero: .zero
            case .periodic: .periodic
            case .reflect: .reflect
            }
    }

    /// The pixel, of `count` along an axis, at a place inside or one or two beyond; nil for none.
    @inline(__always)
    func pixel(at place: Int, of count: Int) -> Int? {
        if place >= 0 && place < count { return place }
        let pixel = Int(ck_place(rawValue, Int64(place), Int64(count), 2))
        return pixel < 0 ? nil : pixel
    }
}

extension ConvolutionShape {
    /// Of the input.
    var beyond: Beyond {
        if kernel == 1 { return .zero }
        return resampling == .nearestUp && padding == .reflect ? .repeated : Beyond(padding)
    }
}
