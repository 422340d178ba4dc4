import DNSWire
import ServiceRegistry

extension RecordListing {
    /// `{"version":1,"zones":[{"origin":…,"records":[{"name","ttl","type","data","object"}]}]}` on one line.
    package var jsonText: String {
        func records(_ owner: DomainName, _ set: RecordSet, _ object: String?) -> [JSONValue] {
            set.data.map { data in
                .object([
                    ("name", .string("\(owner)")), ("ttl", .number(Int(set.ttl))), ("type", .string("\(set.type)")),
                    ("data", .string(presentation(of: data))), ("object", JSONValue(object)),
                ])
            }
        }
        let all = zones.map { zone in
            JSONValue.object([
                ("origin", .string("\(zone.origin)")),
                (
                    "records",
                    .array(
                        zone.apex.flatMap { records(zone.origin, $0, nil) }
                            + zone.groups.flatMap { group in
                                group.records.flatMap { records($0.owner, $0.set, group.object?.description) }
                            })
                ),
            ])
        }
        return JSONValue.object([("version", 1), ("zones", .array(all))]).text + "\n"
    }
}
