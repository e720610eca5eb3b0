import Foundation
import Kernels
import Testing

/// Sizes here are in classes that no other test asks for, as tests share the pool.
@Suite struct BufferPoolTests {
    @Test("A freed block serves the next request of its size class")
    func reuse() {
        var addresses: Set<UnsafeMutablePointer<Float>> = []
        for count in 3_000_001...3_000_100 { addresses.insert(Buffer(count: count).pointer) }
        #expect(addresses.count == 1)
    }

    @Test("A freed block serves a smaller request, but not one of less than half its size")
    func smaller() {
        var address: UnsafeMutablePointer<Float>?
        func freed() { address = Buffer(count: 40_000_000).pointer }
        freed()
        let small = Buffer(count: 15_000_000)
        let middle = Buffer(count: 25_000_000)
        #expect(small.pointer != address && middle.pointer == address)
    }

    @Test("Cycles of allocation do not grow the process")
    func residentSize() throws {
        func cycle() -> [BufferView] {
            (0..<4).map { i in
                let view = BufferView(count: 5_000_000 + i)
                Elementwise.fill(view, with: 1)
                return view
            }
        }
        _ = cycle()
        let before = try residentBytes()
        for _ in 0..<20 { _ = cycle() }
        // Without reuse 1.6 GB; the margin is for tests that run meanwhile.
        let after = try residentBytes()
        #expect(after < before + 800_000_000)
    }

    @Test("Buffers in use at once never overlap", arguments: [0, 1, 15, 16, 17, 128, 129, 255, 257, 1000, 65_537])
    func disjoint(count: Int) {
        let views = (0..<8).map { _ in BufferView(count: count) }
        for (i, view) in views.enumerated() { Elementwise.fill(view, with: Float(i)) }
        for (i, view) in views.enumerated() {
            #expect(view.array == [Float](repeating: Float(i), count: count))
            #expect(UInt(bitPattern: view.buffer.pointer) % 64 == 0)
        }
    }

    @Test("A view keeps its buffer from the pool")
    func views() {
        var view = BufferView([Float](repeating: 7, count: 6_000_000))
        view = view.slice(1000, 10)
        let other = BufferView([Float](repeating: 8, count: 6_000_000))
        #expect(view.array == [Float](repeating: 7, count: 10))
        withExtendedLifetime(other) {}
    }

    private func residentBytes() throws -> Int {
        let fields = try String(contentsOfFile: "/proc/self/statm", encoding: .utf8).split(separator: " ")
        return try #require(Int(fields[1])) * sysconf(Int32(_SC_PAGESIZE))
    }
}
