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
        var out = "{\"at\":\"" + Self.moment(SystemClock().now.ms) + "\",\"level\":\"\(level.rawValue)\",\"event\":" + Self.quoted(message.description)
        let all = own.map { metadata.merging($0) { _, new in new } } ?? metadata
        for (key, value) in all.sorted(by: { $0.key < $1.key }) { out += "," + Self.quoted(key) + ":" + Self.quoted(value.description) }
        write(Array((out + "}\n").utf8))
    }

    /// A text in quotes; whatever could end the line or steer a terminal is written out.
    static func quoted(_ text: String) -> String {
        var out = "\""
        for scalar in text.unicodeScalars.prefix(longest) {
            switch scalar {
            case "\"": out += "\\\""
            case "\\": out += "\\\\"
            case "\n": out += "\\n"
            case _ where scalar.value < 0x20 || (0x7F...0x9F).contains(scalar.value) || [0x2028, 0x2029].contains(scalar.value):
                let digits = String(scalar.value, radix: 16)
                out += "\\u" + String(repeating: "0", count: 4 - digits.count) + digits
            default: out.unicodeScalars.append(scalar)
            }
        }
        return out + "\""
    }

    /// UTC to the millisecond.
    private static func moment(_ milliseconds: Int64) -> String {
        var (seconds, parts) = (time_t(milliseconds / 1000), tm())
        gmtime_r(&seconds, &parts)
        func two(_ number: Int32) -> String { number < 10 ? "0\(number)" : "\(number)" }
        let thousandths = milliseconds % 1000
        return "\(parts.tm_year + 1900)-\(two(parts.tm_mon + 1))-\(two(parts.tm_mday))T\(two(parts.tm_hour)):\(two(parts.tm_min)):\(two(parts.tm_sec))."
            + (thousandths < 10 ? "00" : thousandths < 100 ? "0" : "") + "\(thousandths)Z"
    }
}
