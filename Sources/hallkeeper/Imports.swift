import ArgumentParser
import Foundation
import Hallkeeper

struct PlaceCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(commandName: "place", abstract: "Places.", subcommands: [Import.self])
    struct Import: AsyncParsableCommand {
        static let configuration = CommandConfiguration(abstract: "CSV: kind,code,name,name_en,parent,hours,traits")
        @Argument(help: "file, or - for standard input") var file: String
        @OptionGroup var place: DatabaseOptions
        func run() async throws {
            do { print(try await Program.importPlaces(place.configuration(), try readText(file))) } catch { throw plain(error) }
        }
    }
}

struct PersonCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(commandName: "person", abstract: "People.", subcommands: [Import.self])
    struct Import: AsyncParsableCommand {
        static let configuration = CommandConfiguration(abstract: "CSV: login,name,place,roles (place by code, roles separated by spaces)")
        @Argument(help: "file, or - for standard input") var file: String
        @OptionGroup var place: DatabaseOptions
        func run() async throws {
            do { print(try await Program.importPeople(place.configuration(), try readText(file))) } catch { throw plain(error) }
        }
    }
}

struct CustomerCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(commandName: "customer", abstract: "Customers.", subcommands: [Import.self])
    struct Import: AsyncParsableCommand {
        static let configuration = CommandConfiguration(abstract: "CSV: number,name,phone,account,service,address,meter (one line an account; reading it twice adds nothing twice)")
        @Argument(help: "file, or - for standard input") var file: String
        @OptionGroup var place: DatabaseOptions
        func run() async throws {
            do { print(try await Program.importCustomers(place.configuration(), try readText(file))) } catch { throw plain(error) }
        }
    }
}

struct RosterCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(commandName: "roster", abstract: "Rosters.", subcommands: [Import.self])
    struct Import: AsyncParsableCommand {
        static let configuration = CommandConfiguration(abstract: "CSV: place,day,role,login,present (yes or no),reason")
        @Argument(help: "file, or - for standard input") var file: String
        @OptionGroup var place: DatabaseOptions
        func run() async throws {
            do { print(try await Program.importRoster(place.configuration(), try readText(file))) } catch { throw plain(error) }
        }
    }
}

struct ItemCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(commandName: "item", abstract: "Registers of things.", subcommands: [Import.self])
    struct Import: AsyncParsableCommand {
        static let configuration = CommandConfiguration(abstract: "CSV: place,kind,type,name,zone,spot,custodian,state,made,serviced (place by code, custodian by sign-in name)")
        @Argument(help: "file, or - for standard input") var file: String
        @OptionGroup var place: DatabaseOptions
        func run() async throws {
            do { print(try await Program.importItems(place.configuration(), try readText(file))) } catch { throw plain(error) }
        }
    }
}

struct CalendarCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(commandName: "calendar", abstract: "The statutory calendar.", subcommands: [Load.self])
    struct Load: AsyncParsableCommand {
        static let configuration = CommandConfiguration(abstract: "A year's notice, YAML or JSON; open deadlines are computed again.")
        @Argument(help: "file, or - for standard input") var file: String
        @Option(help: "national, regional or company") var level = "national"
        @Option(help: "why, or which paper") var reason = ""
        @OptionGroup var place: DatabaseOptions
        func run() async throws {
            guard ["national", "regional", "company"].contains(level) else { throw ValidationError("level: national, regional or company") }
            do { print(try await Program.loadCalendar(place.configuration(), try readText(file), level: level, reason: reason)) } catch { throw plain(error) }
        }
    }
}

struct UserCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(commandName: "user", abstract: "Sign-ins.", subcommands: [Add.self])
    struct Add: AsyncParsableCommand {
        static let configuration = CommandConfiguration(abstract: "Give somebody a password (read from standard input) and, when new, a role.")
        @Argument(help: "sign-in name") var login: String
        @Option(help: "name, for somebody new") var name: String?
        @Option(help: "code of the place, for somebody new") var at: String?
        @Option(help: "role, for somebody new") var role: String?
        @Option(help: "PIN of 4 to 8 digits") var pin: String?
        @OptionGroup var place: DatabaseOptions
        func run() async throws {
            let password = readLine(strippingNewline: true) ?? ""
            do {
                print(try await Program.addUser(place.configuration(), login: login, name: name, at: at, role: role, password: password, pin: pin))
            } catch { throw plain(error) }
        }
    }
}
