import Failure
import Storage
import Testing

@Suite struct CurveChoiceTests {
    @Test func oneForAllAndByName() throws {
        let choice = try CurveChoice("asinh:0.5,a b=log1p,c=power:2")
        #expect(choice.common == .asinh(scale: 0.5))
        #expect(choice.named == ["a b": .log1p, "c": .power(exponent: 2)])
        #expect(try CurveChoice("ratio:3").common == .ratio(a: 3))
        #expect(try CurveChoice("a=linear").common == nil)
        #expect(choice.named["c"]?.text == "power:2" && choice.common?.text == "asinh:0.5")
    }

    @Test(arguments: [
        "", "log", "asinh", "asinh:0", "ratio:-1", "power:x", "power:nan", "log1p:3", "a=", "=log1p", "log1p,linear",
        "a=log1p,a=linear",
    ])
    func othersAreRefused(text: String) {
        expectError(ExitCode.usage, "--transform") { _ = try CurveChoice(text) }
    }
}
