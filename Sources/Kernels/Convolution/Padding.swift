/// What a convolution or a filter reads beyond the border of a feature map.
///
/// An operation extends what it reads, once, and gives what it would give on the extended map, cropped. What that means
/// where the resolution changes:
/// - `up` (transposed convolution and filter) and the filter on the way up: the smaller map goes on beyond its border.
///   Periodic, all is on the torus: rolling the input by one pixel rolls the output by two. Reflected, x[−1] = x[1] and
///   x[H] = x[H − 2] lie between the zeros that are inserted.
/// - `down` (filter and convolution of stride 2) and the filter on the way down: the larger map goes on.
/// - `nearestUp` is that of pixels repeated first: the repeated map goes on, so that reflected it repeats the smaller map's
///   outermost pixels.
/// - `boxDown` is that of a convolution averaged afterwards: the larger map goes on. The box itself reads nothing beyond.
public enum Padding: String, Sendable, Hashable, CaseIterable {
    case zero
    /// The map goes on from its opposite side: for fields without a border.
    case periodic
    /// The map is mirrored at its outermost pixels, which are not repeated. A side of one pixel reads itself.
    case reflect
}
