import Storage
import Testing

/// Some of a data set's rows, in the order of a run.
@Suite struct SampleOrderRowsTests {
    @Test func anEpochHasEachChosenRowOnce() {
        let rows = [3, 7, 8, 20, 41]
        let order = SampleOrder(rows: rows, seed: 4)
        #expect(order.epochSize == 5)
        let epochs = (0..<20).map { epoch in (0..<5).map { order[5 * epoch + $0] } }
        for epoch in epochs {
            #expect(epoch.map { $0.row }.sorted() == rows)
            #expect(epoch.allSatisfy { !$0.isFlipped })
        }
        #expect(Set(epochs.map { epoch in epoch.map { $0.row } }).count > 10)
    }

    /// All rows are those of an order that has not been told any.
    @Test func allRowsAreTheUsualOrder() {
        let (some, all) = (SampleOrder(rows: Array(0..<12), seed: 9), SampleOrder(count: 12, seed: 9, mirror: false))
        #expect((0..<36).map { some[$0].row } == (0..<36).map { all[$0].row })
    }
}
