/// The objects of one kind by their names, held as the events brought them: a copy takes one word.
package struct ObjectTable<Value: RegistryValue>: Sendable {
    private var objects: [ObjectName: RegistryObject] = [:]

    package init() {}

    package var count: Int { objects.count }
    package var keys: some Collection<ObjectName> { objects.keys }
    package var values: some Collection<Value> { objects.values.lazy.map { Value($0)! } }

    package subscript(name: ObjectName) -> Value? { objects[name].flatMap(Value.init) }

    package func object(_ name: ObjectName) -> RegistryObject? { objects[name] }

    /// Puts an object in place of what it was.
    /// - Parameter object: one of kind `Value`; nil: gone.
    /// - Returns: what it was.
    @discardableResult
    package mutating func put(_ object: RegistryObject?, at name: ObjectName) -> RegistryObject? {
        guard let object else { return objects.removeValue(forKey: name) }
        return objects.updateValue(object, forKey: name)
    }
}

/// A kind of object that is held in an `ObjectTable`.
package protocol RegistryValue: Sendable {
    /// nil for an object of another kind.
    init?(_ object: RegistryObject)
}

extension Service: RegistryValue {
    package init?(_ object: RegistryObject) {
        guard case .service(let service) = object else { return nil }
        self = service
    }
}

extension EndpointSlice: RegistryValue {
    package init?(_ object: RegistryObject) {
        guard case .endpointSlice(let slice) = object else { return nil }
        self = slice
    }
}

extension Endpoints: RegistryValue {
    package init?(_ object: RegistryObject) {
        guard case .endpoints(let endpoints) = object else { return nil }
        self = endpoints
    }
}

extension Pod: RegistryValue {
    package init?(_ object: RegistryObject) {
        guard case .pod(let pod) = object else { return nil }
        self = pod
    }
}
