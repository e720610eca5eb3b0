import Autodiff
import Glibc
import TestSupport
import Testing

/// What is differentiated, what is not, and with respect to what.
@Suite struct TapeTests {
    private let x = Tensor([1, 2, 3], shape: [3]).variable()

    @Test("Constants, variables and what is made of them")
    func differentiable() {
        let constant = Tensor([1, 2, 3], shape: [3])
        #expect(!constant.isDifferentiable)
        #expect(x.isDifferentiable)
        #expect(!(constant * constant).isDifferentiable)
        #expect((constant * x).isDifferentiable)
        #expect(!x.detached().isDifferentiable)
        #expect(x.detached().array == x.array)
    }

    @Test("A detached factor is a constant")
    func detached() throws {
        let y = (x * x.detached()).sum()
        #expect(try #require(gradients(of: y, with: [x])[0]).array == [1, 2, 3])
    }

    @Test("A variable of a variable is another one")
    func secondVariable() throws {
        let other = x.squared().variable()
        let y = other.squared().sum()
        let found = gradients(of: y, with: [x, other])
        #expect(found[0] == nil)
        #expect(try #require(found[1]).array == [2, 8, 18])
    }

    @Test("Gradients with respect to intermediate results, beside those of what they come from")
    func intermediate() throws {
        let middle = x * 2
        let y = middle.squared().sum()
        let found = gradients(of: y, with: [middle, x, y])
        #expect(try #require(found[0]).array == [4, 8, 12])
        #expect(try #require(found[1]).array == [8, 16, 24])
        #expect(try #require(found[2]).array == [1])
    }

    @Test("An intermediate result alone stops the way back there")
    func intermediateAlone() throws {
        let middle = x * 2
        let y = (middle.squared() + x).sum()
        #expect(try #require(gradients(of: y, with: [middle])[0]).array == [4, 8, 12])
    }

    @Test("No gradient with respect to what the output does not depend on")
    func independent() throws {
        let other = Tensor([1, 2, 3], shape: [3]).variable()
        let y = x.sum()
        let found = gradients(of: y, with: [other, x, other.detached(), other * 2])
        #expect(found[0] == nil && found[2] == nil && found[3] == nil)
        #expect(try #require(found[1]).array == [1, 1, 1])
        #expect(gradients(of: x.detached(), with: [x])[0] == nil)
        #expect(gradients(of: x.sum(), with: []).isEmpty)
    }

    @Test("The same variable twice gets the same gradient twice; a variable is its own gradient's seed")
    func repeated() throws {
        let found = gradients(of: x, seed: Tensor([5, 6, 7], shape: [3]), with: [x, x])
        for gradient in found { #expect(try #require(gradient).array == [5, 6, 7]) }
    }

    @Test("Contributions of all paths are added up")
    func diamond() throws {
        var y = x
        for _ in 0..<10 { y = y + y }
        #expect(try #require(gradients(of: y, with: [x])[0]).array == [1024, 1024, 1024])
    }

    @Test("A seed weighs the outputs, and may itself be differentiated")
    func seed() throws {
        let s = Tensor([1, 10, 100], shape: [3]).variable()
        let first = try #require(gradients(of: x.squared(), seed: s, with: [x], recording: true)[0])
        #expect(first.array == [2, 40, 600])
        let second = gradients(of: first, with: [s, x])
        #expect(try #require(second[0]).array == [2, 4, 6])
        #expect(try #require(second[1]).array == [2, 20, 200])
    }

    @Test("A seed of another shape is refused, though it would broadcast")
    func seedShape() throws {
        let probe = try ChildProcess.product("ExitProbe")
        #expect(try ChildProcess.run([probe, "seed", "3"]).status == 0)
        #expect(try [SIGILL, SIGTRAP].contains(ChildProcess.run([probe, "seed", "1"]).status - 128))
    }

    @Test("Three orders of x⁴")
    func thirdOrder() throws {
        let y = x.squared().squared()
        let first = try #require(gradients(of: y, with: [x], recording: true)[0])
        let second = try #require(gradients(of: first, with: [x], recording: true)[0])
        let third = try #require(gradients(of: second, with: [x])[0])
        #expect(first.array == [4, 32, 108])
        #expect(second.array == [12, 48, 108])
        #expect(third.array == [24, 48, 72])
    }

    @Test("A recorded graph can be gone through again")
    func again() throws {
        let y = x.squared().sum()
        for _ in 0..<3 {
            #expect(try #require(gradients(of: y, with: [x], recording: true)[0]).array == [2, 4, 6])
        }
    }

    @Test("Gradients are constants unless they are recorded")
    func recording() throws {
        let y = x.squared().sum()
        #expect(try #require(gradients(of: y, with: [x], recording: true)[0]).isDifferentiable)
        #expect(!(try #require(gradients(of: y, with: [x])[0]).isDifferentiable))
    }

    @Test("Nothing is recorded while the tape is paused, and everything after")
    func paused() {
        struct Stop: Error {}
        #expect(Tape.isRecording)
        Tape.paused {
            #expect(!Tape.isRecording)
            #expect(!(x * x).isDifferentiable)
            Tape.paused {}
            #expect(!Tape.isRecording)
        }
        #expect(throws: Stop.self) { try Tape.paused { throw Stop() } }
        #expect(Tape.isRecording)
        #expect((x * x).isDifferentiable)
    }

    @Test("Recorded gradients record even while the tape is paused, and leave it paused")
    func recordingInsidePause() {
        let y = x.squared().sum()
        Tape.paused {
            #expect(gradients(of: y, with: [x], recording: true)[0]?.isDifferentiable == true)
            #expect(!Tape.isRecording)
        }
    }
}
