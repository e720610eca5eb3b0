/// Pairs each row of a square table with a column of its own so that the sum of what stands there is the greatest
/// (the Hungarian method: Kuhn 1955, Munkres 1957; with potentials, in n³ steps).
package enum BestMatching {
    /// - Parameter weights: as many columns as rows.
    /// - Returns: of each row its column. Always the same of the same table.
    package static func columns(_ weights: [[Int]]) -> [Int] {
        let count = weights.count
        precondition(weights.allSatisfy { $0.count == count }, "BestMatching: a table that is not square")
        // What is greatest among weights is least among costs. A row and a column 0 stand before all others.
        var (ofRow, ofColumn) = ([Int](repeating: 0, count: count + 1), [Int](repeating: 0, count: count + 1))
        var rowOf = [Int](repeating: 0, count: count + 1)
        for row in 1..<count + 1 {
            rowOf[0] = row
            var (column, least) = (0, [Int](repeating: .max, count: count + 1))
            var before = [Int](repeating: 0, count: count + 1)
            var isReached = [Bool](repeating: false, count: count + 1)
            // A path of columns that are taken and rows that could have another one, up to a column that is free.
            while rowOf[column] != 0 {
                isReached[column] = true
                let (own, reached) = (rowOf[column], column)
                var step = Int.max
                for other in 1..<count + 1 where !isReached[other] {
                    let cost = -weights[own - 1][other - 1] - ofRow[own] - ofColumn[other]
                    if cost < least[other] { (least[other], before[other]) = (cost, reached) }
                    if least[other] < step { (step, column) = (least[other], other) }
                }
                for other in 0..<count + 1 {
                    if isReached[other] {
                        ofRow[rowOf[other]] += step
                        ofColumn[other] -= step
                    } else if least[other] < .max {
                        least[other] -= step
                    }
                }
            }
            while column != 0 {
                rowOf[column] = rowOf[before[column]]
                column = before[column]
            }
        }
        var columns = [Int](repeating: 0, count: count)
        for column in 1..<count + 1 { columns[rowOf[column] - 1] = column - 1 }
        return columns
    }
}
