import BSON
import FleetStore

/// MongoDB's roles for a fleet, as `reeve init --print-roles` prints them.
struct RoleScript {
    var database: String

    /// `{"roles":[{"database","command":{"createRole",…}}]}`: each command is for its database.
    func json() throws -> String { try ExtendedJSON.encode(document, canonical: false) + "\n" }

    /// A script for mongosh that makes the roles, or brings those that stand there up to date.
    func script() throws -> String {
        let roles = try FleetRole.allCases.map { try ExtendedJSON.encode(entry($0), canonical: false) }
        let purposes = FleetRole.allCases.map { "//   \($0.rawValue): \($0.purpose)" }
        return """
            // MongoDB roles for the fleet in the database \(database.printable), by `reeve init --print-roles`.
            // Run it with mongosh, as a user who may create roles; a second run brings them up to date.
            //
            \(purposes.joined(separator: "\n"))
            //
            // Then give them to users, such as:
            //   db.getSiblingDB("\(database.printable)").createUser({user: "daemon", pwd: passwordPrompt(),
            //     roles: ["\(FleetRole.daemon.rawValue)", {role: "\(FleetRole.leads.rawValue)", db: "admin"}]})
            const roles = [
              \(roles.joined(separator: ",\n  "))
            ];
            for (const {database, command} of roles) {
              const target = db.getSiblingDB(database);
              const {createRole: name, privileges, roles: inherited} = command;
              const known = target.runCommand({rolesInfo: name}).roles.length > 0;
              const done = target.runCommand(
                known ? {updateRole: name, privileges, roles: inherited} : {createRole: name, privileges, roles: inherited});
              if (done.ok !== 1) throw new Error(`${name}: ${done.errmsg}`);
              print(`${known ? "updated" : "created"} ${name} in ${database}`);
            }

            """
    }

    private var document: Document {
        Document { $0.append("roles", FleetRole.allCases.map(entry)) }
    }

    private func entry(_ role: FleetRole) -> Document {
        Document { entry in
            entry.append("database", role.database(of: database))
            entry.append("command", role.command(forFleet: database))
        }
    }
}
