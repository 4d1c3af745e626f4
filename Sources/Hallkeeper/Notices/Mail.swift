import Foundation
import Store
import WorkCalendar

/// The operator's mail server: `smtp://host:587` speaks STARTTLS and refuses to go on without, `smtps://host:465` TLS from the
/// first byte, `smtp-plain://host:25` neither, for a relay on this machine.
struct MailServer: Sendable {
    var url: String
    var isPlain: Bool
    var user: String
    var password: String
    /// The sender's address.
    var from: String
    /// A file of certificates that are trusted besides; "": the system's.
    var authority: String

    /// Nil where no server is named. Throws what is wrong with the settings.
    init?(_ configuration: Configuration) throws {
        let text = configuration["mail"]
        guard !text.isEmpty else { return nil }
        guard let address = URL(string: text), let scheme = address.scheme, ["smtp", "smtps", "smtp-plain"].contains(scheme), let host = address.host(), address.user() == nil else {
            throw ProgramError("mail: write smtp://host:587, smtps://host:465 or smtp-plain://host:25")
        }
        isPlain = scheme == "smtp-plain"
        url = (scheme == "smtps" ? "smtps://" : "smtp://") + host + (address.port.map { ":\($0)" } ?? "")
        (user, from, authority) = (configuration["mail-user"], configuration["mail-from"], configuration["mail-authority"])
        guard Mail.isAddress(from) else { throw ProgramError("mail-from: write the sender's address") }
        let file = configuration["mail-password"]
        guard !file.isEmpty else {
            password = ""
            return
        }
        guard let data = FileManager.default.contents(atPath: file) else { throw ProgramError("mail-password: cannot read \(file)") }
        password = String(decoding: data, as: UTF8.self).trimmingCharacters(in: .whitespacesAndNewlines)
    }
}

/// A message as mail servers want it.
enum Mail {
    /// One address and nothing else: what could end a line or begin a second receiver is none.
    static func isAddress(_ text: String) -> Bool {
        let parts = text.split(separator: "@", omittingEmptySubsequences: false)
        guard parts.count == 2, text.utf8.count <= 254, !parts[0].isEmpty, parts[1].contains("."), !parts[1].hasPrefix("."), !parts[1].hasSuffix("."), !parts[1].contains("..") else { return false }
        let local = Set("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789.!#$%&'*+-/=?^_`{|}~")
        let domain = Set("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789.-")
        return parts[0].allSatisfy(local.contains) && parts[1].allSatisfy(domain.contains)
    }

    /// RFC 5322 with RFC 2047 words: subject in encoded words that end between characters, text in base64, lines by CRLF.
    static func message(from sender: String, to receiver: String, subject: String, text: String, id: String, at now: Instant) -> String {
        let body = Data(text.replacingOccurrences(of: "\n", with: "\r\n").utf8).base64EncodedString(options: [.lineLength76Characters, .endLineWithCarriageReturn, .endLineWithLineFeed])
        let host = sender.split(separator: "@").last.map(String.init) ?? "localhost"
        return [
            "Date: \(date(now))", "From: \(sender)", "To: \(receiver)", "Subject: \(words(subject))", "Message-ID: <\(id)@\(host)>", "Auto-Submitted: auto-generated",
            "MIME-Version: 1.0", "Content-Type: text/plain; charset=utf-8", "Content-Transfer-Encoding: base64", "", body, "",
        ].joined(separator: "\r\n")
    }

    /// A header's text in words of at most 75 bytes each, folded; plain ASCII stays as it is.
    static func words(_ text: String) -> String {
        let line = String(text.unicodeScalars.map { $0.value < 0x20 || $0.value == 0x7F ? " " : Character($0) })
        guard !line.utf8.allSatisfy({ $0 < 0x7F }) || line.utf8.count > 60 || line.contains("=?") else { return line }
        var (list, part): ([String], [UInt8]) = ([], [])
        func encoded(_ bytes: [UInt8]) -> String { "=?UTF-8?B?" + Data(bytes).base64EncodedString() + "?=" }
        for character in line {
            // 39 bytes become 52 characters, with the frame 64: with the header's name a line stays under 78.
            if part.count + character.utf8.count > 39, !part.isEmpty {
                list.append(encoded(part))
                part = []
            }
            part += Array(character.utf8.prefix(39))
        }
        if !part.isEmpty { list.append(encoded(part)) }
        return list.joined(separator: "\r\n ")
    }

    /// `Mon, 02 Mar 2026 01:00:00 +0000`.
    static func date(_ at: Instant) -> String {
        let (days, months) = (["Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"], ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"])
        let written = at.utc
        guard let day = Day(String(written.prefix(10))) else { return written }
        let two = { (number: Int) in number < 10 ? "0\(number)" : String(number) }
        return "\(days[max(0, min(6, day.weekday - 1))]), \(two(day.day)) \(months[max(0, min(11, day.month - 1))]) \(day.year) \(written.dropFirst(11).prefix(8)) +0000"
    }
}

/// Where somebody's mail goes. The address is a personal text; here stands its id.
struct PersonMail: Sendable, Kept {
    var place: Place.ID
    var person: Person.ID
    /// "" when it was taken away.
    var mail: String

    static let table = Table(name: "person_mail", key: ["place", "person"], columns: ["place", "person", "mail"])
    var values: [Value] { [.text(place), .text(person), .text(mail)] }
    init(place: Place.ID, person: Person.ID, mail: String) { (self.place, self.person, self.mail) = (place, person, mail) }
    init(row: Row) throws { self.init(place: try row.text("place"), person: try row.text("person"), mail: try row.text("mail")) }

    /// Somebody's address, or "".
    static func address(of person: Person.ID, _ tx: any Reading) throws -> String {
        try tx.one("select personal.text as text from person_mail join personal on personal.id = person_mail.mail where person_mail.person = \(person)")?.text("text") ?? ""
    }

    /// Keeps an address; "" takes it away. Refuses what is none.
    static func set(_ text: String, of person: Person, _ act: HallAct) throws {
        guard text.isEmpty || Mail.isAddress(text) else { throw FormProblems(fields: [("mail", Text("邮箱写成 name@example.cn。", "Write the address like name@example.cn."))]) }
        try act.enter(Event(kind: "person.mail-set", about: "person:\(person.id)", at: act.now), at: person.place)
        let id = text.isEmpty ? "" : try act.act.personal(text, place: person.place).description
        try act.act.keep(PersonMail(place: person.place, person: person.id, mail: id))
    }
}
