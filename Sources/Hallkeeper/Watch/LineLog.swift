import Foundation
import Logging

/// The program's log: one line of JSON an event on standard error, so that whoever collects it need not guess where an
/// event ends. Carries no names, texts or numbers of cases: whoever logs says what happened and where in the program.
struct LineLog: LogHandler {
    var logLevel = Logger.Level.info
    var metadata: Logger.Metadata = [:]
    /// Where a line goes.
    var write: @Sendable ([UInt8]) -> Void = { line in
        // One call a line: lines of several threads do not run into each other.
        line.withUnsafeBytes { _ = Foundation.write(STDERR_FILENO, $0.baseAddress, $0.count) }
    }
    /// A value that is longer is cut: no event fills a disk.
    static let longest = 2000

    subscript(metadataKey key: String) -> Logger.Metadata.Value? {
        get { metadata[key] }
        set { metadata[key] = newValue }
    }

    func log(
        level: Logger.Level, message: Logger.Message, metadata own: Logger.Metadata?, source: String, file: String, function: String, line: UInt
    ) {
        var out: [UInt8] = []
        out.reserveCapacity(320)
        out += #"{"at":""#.utf8
        Self.moment(SystemClock().now.ms, &out)
        out += #"","level":""#.utf8
        out += level.rawValue.utf8
        out += #"","event":"#.utf8
        Self.quote(message.description, &out)
        let all = own.map { metadata.isEmpty ? $0 : metadata.merging($0) { _, new in new } } ?? metadata
        for (key, value) in all.sorted(by: { $0.key < $1.key }) {
            out.append(0x2C)
            Self.quote(key, &out)
            out.append(0x3A)
            if case .string(let text) = value { Self.quote(text, &out) } else { Self.quote(value.description, &out) }
        }
        out += "}\n".utf8
        write(out)
    }

    /// A text in quotes; whatever could end the line or steer a terminal is written out.
    static func quoted(_ text: String) -> String {
        var out: [UInt8] = []
        quote(text, &out)
        return String(decoding: out, as: UTF8.self)
    }

    private static func quote(_ text: String, _ out: inout [UInt8]) {
        out.append(0x22)
        // Nearly all there is to say is short and plain.
        let utf8 = text.utf8
        if utf8.count <= longest, utf8.allSatisfy({ (0x20..<0x7F).contains($0) && $0 != 0x22 && $0 != 0x5C }) {
            out += utf8
        } else {
            for scalar in text.unicodeScalars.prefix(longest) { quote(scalar, &out) }
        }
        out.append(0x22)
    }

    private static func quote(_ scalar: Unicode.Scalar, _ out: inout [UInt8]) {
        switch scalar {
        case "\"": out += "\\\"".utf8
        case "\\": out += "\\\\".utf8
        case "\n": out += "\\n".utf8
        case _ where scalar.value < 0x20 || (0x7F...0x9F).contains(scalar.value) || [0x2028, 0x2029].contains(scalar.value):
            let digits = String(scalar.value, radix: 16)
            out += ("\\u" + String(repeating: "0", count: 4 - digits.count) + digits).utf8
        default: out += Array(String(Character(scalar)).utf8)
        }
    }

    /// UTC to the millisecond.
    private static func moment(_ milliseconds: Int64, _ out: inout [UInt8]) {
        var (seconds, parts) = (time_t(milliseconds / 1000), tm())
        gmtime_r(&seconds, &parts)
        func write(_ number: Int, _ digits: Int, _ end: Unicode.Scalar) {
            var divisor = [1, 1, 10, 100, 1000][digits]
            while divisor > 0 {
                out.append(UInt8(0x30 + number / divisor % 10))
                divisor /= 10
            }
            out.append(UInt8(ascii: end))
        }
        write(Int(parts.tm_year) + 1900, 4, "-")
        write(Int(parts.tm_mon) + 1, 2, "-")
        write(Int(parts.tm_mday), 2, "T")
        write(Int(parts.tm_hour), 2, ":")
        write(Int(parts.tm_min), 2, ":")
        write(Int(parts.tm_sec), 2, ".")
        write(Int(milliseconds % 1000), 3, "Z")
    }
}
