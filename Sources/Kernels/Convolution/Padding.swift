/// What a convolution or a filter reads beyond the border of a feature map.
public enum Padding: String, Sendable, Hashable, CaseIterable {
    case zero
    /// The map goes on from its opposite side: for fields without a border.
    case periodic
    /// The map is mirrored at its outermost pixels, which are not repeated.
    case reflect
}
