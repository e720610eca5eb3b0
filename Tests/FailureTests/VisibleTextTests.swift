import Failure
import Testing

@Suite struct VisibleTextTests {
    @Test func escapeSequencesAndLineBreaksAreShown() {
        #expect("a\u{1B}[2Jb\nc\td\re\u{7F}\u{9B}".visible() == "a\\u{1B}[2Jb\\nc\\td\\re\\u{7F}\\u{9B}")
        #expect("\u{202E}gpj.exe\u{2028}".visible() == "\\u{202E}gpj.exe\\u{2028}")
    }

    @Test func linesOfAMessageStay() { #expect("a\n\tb\u{1B}".visible(keepsLines: true) == "a\n\tb\\u{1B}") }

    @Test func ordinaryTextStays() {
        let text = "Überraschung 64×64 → 雪 👩‍🔬"
        #expect("e\u{301}a" == "e\u{301}a".visible())
        #expect(text.visible().hasPrefix("Überraschung 64×64 → 雪 "))
    }
}
