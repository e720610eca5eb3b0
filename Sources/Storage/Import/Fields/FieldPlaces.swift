import Randomness

/// The pieces that are taken of each field.
struct FieldPlaces {
    let height: Int
    let width: Int
    private let field: (height: Int, width: Int)
    private let crop: FieldOptions.Crop?
    private let rows: [Int]
    private let columns: [Int]

    /// - Throws: ``DatasetError`` (64) where pieces are larger than fields.
    init(_ crop: FieldOptions.Crop?, height: Int, width: Int) throws {
        self.crop = crop
        field = (height, width)
        guard let crop else {
            (self.height, self.width, rows, columns) = (height, width, [0], [0])
            return
        }
        guard crop.height <= height, crop.width <= width else {
            throw DatasetError.usage(
                "--crop \(crop.height)x\(crop.width): the fields are \(height)×\(width), expected at most as much")
        }
        (self.height, self.width) = (crop.height, crop.width)
        if case .grid(let down, let across) = crop.places {
            rows = Array(stride(from: 0, through: height - crop.height, by: down))
            columns = Array(stride(from: 0, through: width - crop.width, by: across))
        } else {
            (rows, columns) = ([], [])
        }
    }

    /// Rows and columns of a field that no piece of a grid covers.
    var left: (rows: Int, columns: Int) {
        guard let crop, case .grid(let down, let across) = crop.places else { return (0, 0) }
        func left(_ side: Int, _ starts: [Int], _ size: Int, _ step: Int) -> Int {
            side - ((starts.count - 1) * min(step, size) + size)
        }
        return (left(field.height, rows, height, down), left(field.width, columns, width, across))
    }

    /// Pieces of a field.
    var count: Int {
        if case .random(let count, _)? = crop?.places { count } else { rows.count * columns.count }
    }

    /// The first row and column of piece `number` of field `index`; of random ones a pure function of seed and both.
    func place(_ number: Int, of index: Int) -> (row: Int, column: Int) {
        guard case .random(_, let seed)? = crop?.places else {
            return (rows[number / columns.count], columns[number % columns.count])
        }
        let words = Philox4x32(key: seed ^ 0x6372_6F70_735F_6966)(
            UInt32(truncatingIfNeeded: index), UInt32(truncatingIfNeeded: index >> 32),
            UInt32(truncatingIfNeeded: number), UInt32(truncatingIfNeeded: number >> 32))
        func draw(_ count: Int, _ word: UInt32) -> Int { Int((UInt64(word) * UInt64(count)) >> 32) }
        return (draw(field.height - height + 1, words[0]), draw(field.width - width + 1, words[1]))
    }

    /// That piece of values [height, width, channels].
    func piece(_ place: (row: Int, column: Int), of values: [Float], channels: Int) -> [Float] {
        guard crop != nil else { return values }
        var result: [Float] = []
        result.reserveCapacity(height * width * channels)
        for row in place.row..<place.row + height {
            let start = (row * field.width + place.column) * channels
            result += values[start..<start + width * channels]
        }
        return result
    }
}
