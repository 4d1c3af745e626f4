import Foundation

// embed OUTPUT FILE…: writes one Swift file with `Embedded.files`, name → bytes as a string literal.
let arguments = CommandLine.arguments
var text = "/// Made by the build from Assets, Words and Migrations; never edited.\nenum Embedded {\n    static let files: [String: String] = [\n"
for path in arguments.dropFirst(2) {
    let body = try String(contentsOfFile: path, encoding: .utf8)
    var fence = "#"
    while body.contains("\"\"\"" + fence) || body.contains("\\" + fence) { fence += "#" }
    text += "        \"\((path as NSString).lastPathComponent)\": \(fence)\"\"\"\n\(body)\n\"\"\"\(fence),\n"
}
text += arguments.count > 2 ? "    ]\n}\n" : "        :]\n}\n"
try text.write(toFile: arguments[1], atomically: true, encoding: .utf8)
