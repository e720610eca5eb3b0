import Recipes
import Storage

/// Which images are made, and where they stand in a grid.
struct SamplePlan {
    /// Of the images.
    private(set) var seeds: [Int]
    /// Their classes; nil of an unconditional generator.
    private(set) var classes: [Int]?
    /// Of a grid.
    let columns: Int
    /// Which of a grid's cells have an image.
    private(set) var isFilled: [Bool]
    /// Of a grid with a class a row, the class of each.
    private(set) var rows: [Int] = []

    /// One image a seed. Several classes take turns by the seeds' numbers: an image does not depend on its company.
    ///
    /// - Parameter chosen: classes; none of an unconditional generator.
    init(seeds: [Int], classes chosen: [Int], columns: Int) {
        self.seeds = seeds
        self.columns = columns
        classes = chosen.isEmpty ? nil : seeds.map { chosen[$0 % chosen.count] }
        isFilled = Array(repeating: true, count: seeds.count)
    }

    /// A grid with a class a row and a seed a column. Where there are more rows than classes, these begin again with the
    /// seeds that follow.
    ///
    /// - Parameter asked: the seeds that were asked for; nil for as many from 0 on as there is room for.
    /// - Throws: ``DatasetError`` (64) where there are too many.
    init(grid: (columns: Int, rows: Int), classes chosen: [Int], seeds asked: [Int]?) throws {
        columns = grid.columns
        let turns = (grid.rows + chosen.count - 1) / chosen.count
        let all = asked ?? Array(0..<columns * turns)
        guard all.count <= columns * turns else {
            throw DatasetError.usage(
                "--grid \(columns)x\(grid.rows): a class a row and a seed a column leave no room for \(all.count) seeds of "
                    + "\(chosen.count) classes, only for \(columns * turns); without --grid the classes take turns")
        }
        (seeds, classes, isFilled) = ([], [], [])
        for row in 0..<grid.rows {
            let label = chosen[row % chosen.count]
            let first = row / chosen.count * columns
            guard first < all.count else { break }
            let shown = all[first..<min(first + columns, all.count)]
            seeds += shown
            classes? += shown.map { _ in label }
            isFilled += (0..<columns).map { $0 < shown.count }
            rows.append(label)
        }
    }
}
