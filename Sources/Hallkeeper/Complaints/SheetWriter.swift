import CXlsxWriter
import Foundation

/// A table written row by row to a file, as CSV or as a workbook: however many rows, no more memory. What people wrote is
/// text in both and never a formula.
final class SheetWriter {
    enum Form: String, Sendable, CaseIterable {
        case csv, xlsx
        var media: String { self == .csv ? "text/csv; charset=utf-8" : "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet" }
        /// Rows a workbook can hold, its head apart.
        static let mostRows = 1_048_575
    }
    private let form: Form
    private let file: FileHandle?
    private var workbook: UnsafeMutablePointer<lxw_workbook>?
    private var sheet: UnsafeMutablePointer<lxw_worksheet>?
    private var bold: UnsafeMutablePointer<lxw_format>?
    /// Rows written, the head apart.
    private(set) var rows = 0

    /// Begins a file anew. Refuses a place it cannot write to.
    init(_ form: Form, to url: URL, sheet name: String, head: [String]) throws {
        self.form = form
        let path = url.path
        switch form {
        case .csv:
            guard FileManager.default.createFile(atPath: path, contents: nil), let handle = FileHandle(forWritingAtPath: path) else { throw ProgramError("cannot write \(path)") }
            file = handle
            try handle.write(contentsOf: Data(CSVText.write([head]).utf8))
        case .xlsx:
            file = nil
            let folder = url.deletingLastPathComponent().path
            workbook = folder.withCString { folder in
                var options = lxw_workbook_options()
                options.constant_memory = 1
                options.use_zip64 = 1
                return withUnsafeMutablePointer(to: &options) { options in
                    // The library copies it.
                    options.pointee.tmpdir = UnsafeMutablePointer(mutating: folder)
                    return workbook_new_opt(path, options)
                }
            }
            guard let workbook else { throw ProgramError("cannot write \(path)") }
            sheet = workbook_add_worksheet(workbook, name)
            bold = workbook_add_format(workbook)
            format_set_bold(bold)
            for (column, text) in head.enumerated() {
                try Self.check(worksheet_write_string(sheet, 0, UInt16(column), text, bold))
                worksheet_set_column(sheet, UInt16(column), UInt16(column), 16, nil)
            }
            worksheet_freeze_panes(sheet, 1, 0)
        }
    }

    private static func check(_ code: lxw_error) throws {
        if code != LXW_NO_ERROR { throw ProgramError("the workbook: " + String(cString: lxw_strerror(code))) }
    }

    /// A cell of a workbook holds so many characters; longer ones end with a mark.
    private static let longest = 32_000

    /// The next row.
    func write(_ cells: [String]) throws {
        rows += 1
        switch form {
        case .csv: try file?.write(contentsOf: Data((cells.map(CSVText.cell).joined(separator: ",") + "\r\n").utf8))
        case .xlsx:
            for (column, text) in cells.enumerated() where !text.isEmpty {
                let fits = text.unicodeScalars.count <= Self.longest ? text : String(String.UnicodeScalarView(text.unicodeScalars.prefix(Self.longest))) + "…"
                try Self.check(worksheet_write_string(sheet, UInt32(rows), UInt16(column), fits, nil))
            }
        }
    }

    /// Writes what is left; the file is whole only after it.
    func finish() throws -> Int {
        switch form {
        case .csv: try file?.close()
        case .xlsx:
            guard let open = workbook else { break }
            workbook = nil
            try Self.check(workbook_close(open))
        }
        return rows
    }

    /// One that was given up lets go of what it holds.
    deinit { if let workbook { workbook_close(workbook) } }
}

/// A file that is read once, piece by piece, and is gone afterwards, whether it was read to its end or not.
final class PassingFile: Sendable {
    let url: URL
    private let handle: FileHandle

    init(_ url: URL) throws {
        self.url = url
        handle = try FileHandle(forReadingFrom: url)
    }
    deinit {
        try? handle.close()
        try? FileManager.default.removeItem(at: url)
    }

    /// Its pieces as they are asked for.
    var stream: AsyncStream<[UInt8]> {
        AsyncStream { [self] in
            guard let data = try? handle.read(upToCount: 64 << 10), !data.isEmpty else { return nil }
            return Array(data)
        }
    }
}
