import Mustache
import Testing

@testable import Web

struct HTMLTextTests {
    @Test(arguments: [
        ("plain", "plain"), ("a<b>&\"'", "a&lt;b&gt;&amp;&quot;&#39;"), ("Größe", "Größe"), ("a\nb\tc", "a b c"),
        ("\u{0}\u{1B}[2J\r", "\\u{0}\\u{1b}[2J\\u{d}"), ("\u{85}", "\\u{85}"),
        ("\u{202E}evil\u{2066}", "\\u{202e}evil\\u{2066}"), ("{{x}}", "{{x}}"),
    ])
    func `texts stay texts`(text: String, escaped: String) {
        #expect(HTMLText.escape(text) == escaped)
    }

    /// A mark and an accent are one character to Swift, two to a browser.
    @Test(arguments: ["<", ">", "&", "\"", "'"])
    func `an accent hides nothing`(mark: String) {
        #expect(!HTMLText.escape(mark + "\u{301}").unicodeScalars.contains { "<>\"'".unicodeScalars.contains($0) })
        #expect(HTMLText.escape(mark + "\u{301}").unicodeScalars.first == "&")
    }

    @Test func `templates with the pragma use it`() throws {
        let template = try MustacheTemplate(string: HTMLText.pragma + "{{#rows}}<b title=\"{{.}}\">{{/rows}}")
        let page = template.render(["rows": ["\"\u{301} onclick="]])
        #expect(page.unicodeScalars.elementsEqual("<b title=\"&quot;\u{301} onclick=\">".unicodeScalars))
    }
}
