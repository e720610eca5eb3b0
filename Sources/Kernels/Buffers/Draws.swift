import CKernels

/// Random numbers that are pure functions of (key, counter): no state, so they do not depend on who draws them.
public enum Draws {
    /// Rows of N(0, 1) numbers: row i from the counter words (position, `firstRow` + i, c2, c3).
    public static func normals(
        key: UInt64, firstRow: Int, c2: UInt32, c3: UInt32, into out: BufferView, rowCount: Int
    ) {
        let start = OperationProfile.begin()
        defer { OperationProfile.end(start, .elements(.normals, out.count, passes: 1)) }
        let pointer = out.pointer
        forEachRow(out.count, rowCount) { row in
            ck_normals(
                key, UInt32(truncatingIfNeeded: firstRow + row), c2, c3, pointer + row * rowCount, rowCount)
        }
    }

    /// Rows of uniform numbers in [0, 1), likewise.
    public static func uniforms(
        key: UInt64, firstRow: Int, c2: UInt32, c3: UInt32, into out: BufferView, rowCount: Int
    ) {
        let start = OperationProfile.begin()
        defer { OperationProfile.end(start, .elements(.uniforms, out.count, passes: 1)) }
        let pointer = out.pointer
        forEachRow(out.count, rowCount) { row in
            ck_uniforms(
                key, UInt32(truncatingIfNeeded: firstRow + row), c2, c3, pointer + row * rowCount, rowCount)
        }
    }

    private static func forEachRow(_ count: Int, _ rowCount: Int, _ body: (Int) -> Void) {
        guard count > 0, rowCount > 0 else { return }
        precondition(count % rowCount == 0, "draws: \(count) numbers are no rows of \(rowCount)")
        Workers.forEachRange(count / rowCount, grain: max(1, 1024 / rowCount)) { range in
            for row in range { body(row) }
        }
    }
}
