import Foundation
import Regulation
import Store
import WorkCalendar

extension Program {
    /// Takes old cases in from a file: columns by their heads and by what is given (`text=正文`), values by `channel:网站=web`, what
    /// holds where nothing is said by `kind=OT3`. With `dry` it only says what would be. Gives the lines that are wrong and the counts.
    package static func importCases(_ configuration: Configuration, _ raw: [UInt8], name: String, columns: [String], values: [String], defaults: [String], dry: Bool) async throws -> String {
        let hall = try await hall(configuration)
        let now = hall.clock.now
        do {
            let importing = Importing(hall: hall)
            let file = try ImportFile(raw)
            let book = try await hall.store.read { tx in try hall.packs.inForce(on: hall.zone.day(of: now), tx)?.pack.caseBook } ?? CaseBook()
            var mapping = ImportMapping(guessing: file.head, book)
            func pair(_ text: String) throws -> (String, String) {
                guard let mark = text.firstIndex(of: "=") else { throw ProgramError("“\(text)” is not of the form name=value") }
                return (String(text[..<mark]), String(text[text.index(after: mark)...]))
            }
            for text in columns {
                let (field, head) = try pair(text)
                guard ImportField(rawValue: field) != nil else { throw ProgramError("there is no field “\(field)”; there are \(ImportField.allCases.map(\.rawValue).joined(separator: ", "))") }
                guard head.isEmpty || file.head.contains(head) else { throw ProgramError("there is no column “\(head)”; there are \(file.head.joined(separator: ", "))") }
                mapping.columns[field] = head.isEmpty ? nil : head
            }
            for text in values {
                let (key, id) = try pair(text)
                mapping.values[key] = id
            }
            for text in defaults {
                let (field, id) = try pair(text)
                mapping.defaults[field] = id
            }
            var told = mapping.columns.sorted { $0.key < $1.key }.map { "\($0.key) ← \($0.value)" }
            if dry {
                var one = CaseImport()
                one.mapping = mapping.json
                let reading = try await importing.reading(one, file, at: now)
                var (reader, good, wrong) = (file.rows(from: file.start), 0, 0)
                while let row = try reader.next() {
                    let problems = reading.read(row).problems
                    if problems.isEmpty { good += 1 } else { wrong += 1 }
                    told += problems.map { "line \(row.line): \($0.field.rawValue): \($0.sentence.en)" }
                }
                told.append("\(good) could be imported, \(wrong) could not")
            } else {
                let begun = try await importing.begin(raw, name: name, mapping: mapping, by: .machine("command"), person: "", at: now)
                try await importing.map(begun, mapping, head: file.head, start: true, by: .machine("command"), at: now)
                while let one = try await importing.find(begun.id), one.state == .running { if try await !Spreading(hall: hall).work(at: now) { break } }
                let id = begun.id
                let wrong = try await hall.store.read { tx in try tx.rows("select line, field, en from case_import_wrong where import = \(id) order by line, field").map { "line \(try $0.int("line")): \(try $0.text("field")): \(try $0.text("en"))" } }
                let one = try await importing.find(begun.id) ?? begun
                told += wrong + ["\(one.added) imported, \(one.known) known already, \(one.wrong) refused"]
            }
            await hall.close()
            return told.joined(separator: "\n")
        } catch {
            await hall.close()
            throw error
        }
    }
}
