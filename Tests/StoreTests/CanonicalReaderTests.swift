import Testing

@testable import Store

/// The quick reader takes exactly the form the ledger writes.
@Suite struct CanonicalReaderTests {
    private func reads(_ text: String) -> Bool { reads(Array(text.utf8)) }
    private func reads(_ bytes: [UInt8]) -> Bool {
        bytes.withUnsafeBytes { raw in
            var reader = CanonicalReader(raw)
            return reader.value() == 0..<raw.count && reader.isAtEnd
        }
    }

    @Test func `every value as it is written is read to its end`() {
        let texts = ["", "中文 à 😀", "a\"b\\c\n\r\t\u{1}\u{1f}", String(repeating: "x", count: 40) + "\"", "1234567", "12345678", "é2345678"]
        var values: [JSON] = [.null, .bool(true), .bool(false), .int(0), .int(-7), .int(999_999_999_999_999_999), .array([]), .object([:])]
        values += texts.map { .string($0) }
        values.append(.array(values))
        values.append(.object(["b": .int(1), "a": .array(values), "ab": .string("z"), "é": .null]))
        for value in values { #expect(reads(String(decoding: value.canonical, as: UTF8.self)), "\(value)") }
    }

    @Test func `what is written otherwise, or is no JSON, is left to the other reader`() {
        for text in [
            "", " 1", "1 ", "01", "-0", "-", "1.5", "1e3", "[1,]", "[1 ]", "{\"a\":1,\"a\":2}", "{\"b\":1,\"a\":2}", "{\"a\": 1}", "\"", "\"a", "\"\\u4e2d\"", "\"\\/\"",
            "\"\\u000a\"", "\"\\u001F\"", "\"\\u0041\"", "\"\u{1}\"", "nul", "truex", "[", "{", "{\"a\"}", "99999999999999999999", "{\"a\\n\":1}", String(repeating: "[", count: 100),
        ] { #expect(!reads(text), "\(text)") }
        for bytes: [UInt8] in [[0x22, 0x80, 0x22], [0x22, 0xC0, 0xAF, 0x22], [0x22, 0xE0, 0x80, 0x80, 0x22], [0x22, 0xED, 0xA0, 0x80, 0x22], [0x22, 0xF4, 0x90, 0x80, 0x80, 0x22], [0x22, 0xE4, 0xB8, 0x22], [0x22, 0xFF, 0x22]] {
            #expect(!reads(bytes), "\(bytes)")
        }
    }

    @Test func `sums are those of SHA-256, and numbers those of Swift`() {
        #expect(Hash.sha256(hex: "abc") == "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad")
        #expect(Hash.sha256(hex: "") == "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855")
        for number in [Int64.min, -1, 0, 9, 10, 1_234_567_890_123, Int64.max] {
            var out: [UInt8] = []
            JSON.write(number, &out)
            #expect(String(decoding: out, as: UTF8.self) == String(number))
        }
    }
}
