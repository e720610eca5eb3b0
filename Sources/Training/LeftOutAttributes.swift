import Storage

/// What was left out, as a checkpoint holds it; a run that has left nothing out has no such attributes.
extension LeftOut {
    private static let totalName = "guard_left_out"
    private static let inARowName = "guard_left_out_in_a_row"

    var attributes: [(String, AttributeValue)] {
        total == 0 ? [] : [(Self.totalName, .int(total)), (Self.inARowName, .ints(inARow))]
    }

    /// - Throws: ``StateError`` naming the file, the attribute and what it holds.
    init(_ contents: CheckpointContents, path: String) throws {
        self.init()
        guard let stated = contents.attribute(Self.totalName) else { return }
        guard let count = stated.intValue, count >= 0 else {
            throw StateError(path: path, reason: "\(Self.totalName) is \(stated), expected a number of updates")
        }
        let row = contents.attribute(Self.inARowName)
        guard case .ints(let counts)? = row, counts.count == inARow.count,
            counts.allSatisfy({ (0...count).contains($0) })
        else {
            throw StateError(
                path: path,
                reason:
                    "\(Self.inARowName) is \(row.map { "\($0)" } ?? "missing"), expected \(inARow.count) numbers of "
                    + "updates, at most \(count)")
        }
        (total, inARow) = (count, counts)
    }
}
