import Autodiff
import Kernels
import Learning

extension AugmentationDraws {
    /// Draws that depend on slot, kind and sample.
    static func seeded(_ seed: UInt64, count: Int) -> AugmentationDraws {
        func view(_ rows: Int, _ length: Int, _ draw: (BufferView) -> Void) -> BufferView {
            let view = BufferView(count: rows * length)
            draw(view)
            return view
        }
        return AugmentationDraws(count: count) { slot, length in
            view(count, length) {
                Draws.uniforms(key: seed, firstRow: 0, c2: 0, c3: UInt32(slot), into: $0, rowCount: length)
            }.array
        } normals: { slot, length in
            view(count, length) {
                Draws.normals(key: seed, firstRow: 0, c2: 1, c3: UInt32(slot), into: $0, rowCount: length)
            }.array
        } noise: { shape in
            let length = shape.reduce(1, *)
            return Tensor(
                view(count, length) {
                    Draws.normals(key: seed, firstRow: 0, c2: 2, c3: 0, into: $0, rowCount: length)
                }, shape: [count] + shape)
        }
    }
}
