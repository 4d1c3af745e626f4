import Foundation
import Regulation
import WorkCalendar

/// A round as a table for spreadsheets, both ways. A column is known by its name, never by its place; a point by its id.
enum RoundTable {
    static let columns = ["id", "zone", "title", "title_en", "good", "good_en", "clause", "role", "trait", "severity", "weight", "photo", "veto", "type", "unit", "band_from", "band_to"]
    /// What people write above their columns.
    private static let aliases: [String: String] = [
        "编号": "id", "区域": "zone", "检查点": "title", "项目": "title", "标准": "good", "要求": "good", "条款": "clause", "岗位": "role", "条件": "trait", "程度": "severity",
        "权重": "weight", "照片": "photo", "一票否决": "veto", "类型": "type", "单位": "unit", "下限": "band_from", "上限": "band_to",
    ]

    static func write(_ form: Form) -> [[String]] {
        [columns]
            + form.fields.map { field in
                let t = field.typed
                return [
                    t.id, t.zone, t.title.zh, t.title.en, t.good.zh, t.good.en, t.clause, t.role, t.trait, t.severity, t.weight, t.photo ? "yes" : "", t.isVeto ? "yes" : "",
                    field.kind == .point ? "" : field.kind.rawValue, t.unit, t.bandFrom, t.bandTo,
                ]
            }
    }

    /// The points of a table, in its order: those of known ids change what there was, the others are new. Every line's problems
    /// at once, with the number of the line as a spreadsheet counts.
    static func read(_ csv: String, over form: Form, in pack: Pack) throws -> [Field] {
        let rows: [[String: String]]
        do { rows = try CSVFile(csv: csv).rows } catch {
            throw FormProblems(fields: [("csv", Text("文件没有写完整：有引号没有结束。", "The file is not complete: it ends inside quotes."))])
        }
        guard !rows.isEmpty else { throw FormProblems(fields: [("csv", Text("文件里没有行。", "There are no lines in the file."))]) }
        var fields: [Field] = []
        var taken: Set<String> = []
        var problems: [(field: String, sentence: Text)] = []
        for (index, row) in rows.enumerated() {
            var named: [String: String] = [:]
            for (key, value) in row {
                let name = key.trimmingCharacters(in: .whitespaces).lowercased()
                named[aliases[name] ?? name] = value
            }
            func text(_ key: String) -> String { named[key] ?? "" }
            func isYes(_ key: String) -> Bool { ["yes", "true", "1", "是", "√"].contains(text(key).lowercased()) }
            let old = form.field(text("id"))
            var typed = old?.typed ?? RoundMaking.Typed()
            // A column that is not there leaves what there was.
            func take(_ key: String, _ set: (String) -> Void) { if let value = named[key] { set(value) } }
            take("id") { typed.id = $0 }
            take("zone") { value in typed.zone = pack.zone(value)?.id ?? pack.zones.first { $0.name.zh == value || $0.name.en == value }?.id ?? value }
            take("title") { typed.title = Text($0, named["title_en"] ?? "") }
            take("good") { typed.good = Text($0, named["good_en"] ?? "") }
            take("clause") { typed.clause = $0 }
            take("role") { value in typed.role = pack.role(value)?.id ?? pack.roles.first { $0.name.zh == value || $0.name.en == value }?.id ?? value }
            take("trait") { value in typed.trait = pack.trait(value)?.id ?? pack.traits.first { $0.name.zh == value || $0.name.en == value }?.id ?? value }
            take("severity") { value in typed.severity = ["轻微": "minor", "一般": "minor", "严重": "serious", "危险": "danger"][value] ?? value }
            take("weight") { typed.weight = $0.isEmpty ? "1" : $0 }
            take("photo") { _ in typed.photo = isYes("photo") }
            take("veto") { _ in typed.isVeto = isYes("veto") }
            take("type") { value in typed.isNumber = ["number", "读数"].contains(value) }
            take("unit") { typed.unit = $0 }
            take("band_from") { typed.bandFrom = $0 }
            take("band_to") { typed.bandTo = $0 }
            do {
                if let old, taken.contains(old.id) { throw FormProblems(fields: [("id", Text("编号“\(old.id)”写了两次。", "The id “\(old.id)” is there twice."))]) }
                let field = try RoundMaking.field(typed, over: old, in: pack, taken: taken)
                taken.insert(field.id)
                fields.append(field)
            } catch let wrong as FormProblems {
                problems += wrong.fields.map { ("csv", Text("第 \(index + 2) 行：\($0.sentence.zh)", "Line \(index + 2): \($0.sentence.en)")) }
            }
        }
        guard problems.isEmpty else { throw FormProblems(fields: problems) }
        return fields
    }
}

/// Tables as CSV that a spreadsheet opens as text: with a byte order mark, and never as a formula.
enum CSVText {
    static func write(_ rows: [[String]]) -> String {
        "\u{FEFF}" + rows.map { $0.map(cell).joined(separator: ",") }.joined(separator: "\r\n") + "\r\n"
    }

    /// A spreadsheet runs what begins so; an apostrophe makes it text. A plain number stays a number.
    static let dangerous: Set<Character> = ["=", "+", "-", "@", "\t", "\r", "\n", "\r\n", "＝", "＋", "－", "＠"]

    /// What was written by `cell`: an apostrophe before something dangerous is taken off again.
    static func plain(_ text: String) -> String {
        text.first == "'" && text.dropFirst().first.map(dangerous.contains) == true ? String(text.dropFirst()) : text
    }

    /// `-3`, `2.50`: nothing but a number. Not `+86…`, `-inf` or `0x1p3`, which programs take for one too.
    private static func isNumber(_ text: String) -> Bool {
        let digits = text.first == "-" ? text.dropFirst() : text[...]
        return !digits.isEmpty && digits.allSatisfy { $0.isASCII && $0.isNumber || $0 == "." } && digits.first != "." && digits.filter { $0 == "." }.count <= 1
    }

    static func cell(_ text: String) -> String {
        let isRisky = text.first.map(dangerous.contains) == true && !isNumber(text)
        let safe = isRisky ? "'" + text : text
        guard safe.contains(where: { $0 == "," || $0 == "\"" || $0 == "\n" || $0 == "\r" || $0 == "\r\n" || $0 == ";" }) || isRisky else { return safe }
        return "\"" + safe.replacingOccurrences(of: "\"", with: "\"\"") + "\""
    }
}
