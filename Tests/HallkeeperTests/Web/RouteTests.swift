import Testing
import WorkCalendar

@testable import Hallkeeper

@Suite struct RouteTests {
    private let route = Route("/duties/:place/:duty")

    private func match(_ path: String) -> [String]? {
        route.match(path.split(separator: "/").map(String.init))
    }

    @Test(arguments: ["plain", "a/b", "?x=1&y#z", "空 格", "..", "%2F", "\"<>'"])
    func `what goes into a link comes out of its match`(_ value: String) {
        let link = route.link(value, "1")
        #expect(!link.contains { " ?#&\"<>'".contains($0) })
        #expect(match(link) == [value, "1"])
    }

    @Test func `a path of another length, another word or with a nought byte is not matched`() {
        #expect(match("/duties/a") == nil)
        #expect(match("/duties/a/b/c") == nil)
        #expect(match("/records/a/b") == nil)
        #expect(match("/duties/a%00/b") == nil)
        #expect(match("/duties/%zz/b") == nil)
    }

    @Test func `a slash at the end changes nothing`() {
        #expect(match("/duties/a/b/") == ["a", "b"])
    }
}

@Suite struct SubmittedTests {
    private func form(_ body: String, _ type: String = "application/x-www-form-urlencoded") throws -> Submitted {
        try Submitted(Request(method: "POST", path: "/x", headers: ["content-type": type], body: Array(body.utf8)))
    }

    @Test func `fields come in their order, plus signs are spaces, the last of a name counts`() throws {
        let form = try form("a=1+2&b=%E5%80%BC&a=%2B&empty&=x")
        #expect(form.fields.map(\.0) == ["a", "b", "a", "empty", ""])
        #expect(form["a"] == "+")
        #expect(form["b"] == "值")
        #expect(form["empty"].isEmpty && form["absent"].isEmpty)
        #expect(form.answers["a"] == "1 2,+")
    }

    @Test func `a nought byte is left out of what was written, in either kind of form; a field's name with one is refused`() throws {
        #expect(try form("a=x%00y%00")["a"] == "xy")
        #expect(try form("--zz\r\nContent-Disposition: form-data; name=\"a\"\r\n\r\nx\0y\r\n--zz--\r\n", "multipart/form-data; boundary=zz")["a"] == "xy")
        #expect(throws: Refusal.self) { try form("a%00=x") }
    }

    @Test func `the kind of form is read whatever its letters and quotes`() throws {
        let body = "--zz\r\nContent-Disposition: form-data; name=\"a\"\r\n\r\n1\r\n--zz--\r\n"
        #expect(try form(body, "Multipart/Form-Data; Boundary=\"zz\"; charset=utf-8")["a"] == "1")
        #expect(try form("a=1", "Application/X-WWW-Form-Urlencoded; charset=UTF-8")["a"] == "1")
    }

    @Test func `a field that holds the boundary's beginning, or nothing, is read whole`() throws {
        let body =
            "--zz\r\nContent-Disposition: form-data; name=\"a\"\r\n\r\n\r\n--z not the end\r\n--zz\r\n"
            + "Content-Disposition: form-data; name=\"b\"\r\n\r\n\r\n--zz--\r\n"
        let form = try form(body, "multipart/form-data; boundary=zz")
        #expect(form.fields.first?.1 == "\r\n--z not the end")
        #expect(form.fields.last?.0 == "b" && form["b"].isEmpty)
    }

    @Test func `a body of another kind is an empty form`() throws {
        #expect(try form("{\"a\":1}", "application/json").fields.isEmpty)
    }

    @Test func `any cut of a good body is refused or read, never a crash`() throws {
        let whole = Array(
            "--zz\r\nContent-Disposition: form-data; name=\"a\"; filename=\"b\"\r\n\r\nxyz\r\n--zz--\r\n".utf8)
        for length in 0..<whole.count {
            let request = Request(
                method: "POST", path: "/x", headers: ["content-type": "multipart/form-data; boundary=zz"],
                body: Array(whole[..<length]))
            let form = try? Submitted(request)
            #expect(form == nil || length >= whole.count - 2, "cut at \(length)")
        }
    }
}
