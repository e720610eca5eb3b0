/// The downhill simplex (Nelder and Mead 1965): minimises a function of a few numbers without its derivatives.
package enum NelderMead {
    /// - Parameters:
    ///   - start: the first corner; the others are `stride` away from it, each along one axis.
    ///   - iterations: after which it ends in any case.
    /// - Returns: the best point found. A minimum nearby, not necessarily the least of all.
    package static func minimum(
        from start: [Double], stride: Double, iterations: Int = 2000, of value: ([Double]) -> Double
    ) -> (point: [Double], value: Double) {
        typealias Corner = (point: [Double], value: Double)
        func corner(_ point: [Double]) -> Corner { (point, value(point)) }
        func between(_ a: [Double], _ b: [Double], _ t: Double) -> [Double] { zip(a, b).map { $0 + t * ($1 - $0) } }

        var simplex = [corner(start)]
        for axis in start.indices {
            var point = start
            point[axis] += stride
            simplex.append(corner(point))
        }
        let last = simplex.count - 1
        for _ in 0..<iterations {
            simplex.sort { $0.value < $1.value }
            if simplex[last].value - simplex[0].value <= 1e-14 * abs(simplex[0].value) + 1e-300 { break }
            let worst = simplex[last]
            let centre = start.indices.map { axis in
                simplex[..<last].reduce(0) { $0 + $1.point[axis] } / Double(last)
            }
            // Away from the worst corner: as far again, twice as far if that is the best yet, half as far if it is bad.
            let reflected = corner(between(worst.point, centre, 2))
            if reflected.value < simplex[0].value {
                let expanded = corner(between(worst.point, centre, 3))
                simplex[last] = expanded.value < reflected.value ? expanded : reflected
            } else if reflected.value < simplex[last - 1].value {
                simplex[last] = reflected
            } else {
                let contracted = corner(between(worst.point, centre, reflected.value < worst.value ? 1.5 : 0.5))
                if contracted.value < min(reflected.value, worst.value) {
                    simplex[last] = contracted
                } else {
                    for k in 1...last { simplex[k] = corner(between(simplex[0].point, simplex[k].point, 0.5)) }
                }
            }
        }
        return simplex.min { $0.value < $1.value } ?? (start, value(start))
    }
}
