import Foundation
import Manifests
import Protobuf
import ServiceRegistry

@testable import Kubernetes

private let here = URL(filePath: #filePath).deletingLastPathComponent()

/// A file of kubernetes/api testdata/HEAD: one object with every field set, as an API server writes it.
func fixture(_ name: String) throws -> [UInt8] { Array(try Data(contentsOf: here.appending(path: "Fixtures/\(name)"))) }

/// What the manifest reader makes of JSON, which is YAML, without what only findings ask for.
func manifest(_ json: [UInt8]) -> RegistryObject? {
    let reading = ManifestReader.read(json, file: "f.json")
    guard reading.objects.count == 1 else { return nil }
    guard case .pod(var pod) = reading.objects[0].object else { return reading.objects[0].object }
    pod.readyReason = ""
    return .pod(pod)
}

/// Wraps a message as a body has it: `k8s\0`, runtime.Unknown.
func enveloped(_ message: [UInt8]) -> [UInt8] {
    var unknown = ProtobufWriter()
    unknown.write(1) { $0.write(1, "v1") }
    message.withUnsafeBytes { unknown.write(UnknownFields.raw, $0) }
    unknown.write(3, octets: "")
    unknown.write(4, octets: "")
    return Array("k8s\0".utf8) + unknown.octets
}

func protobufList(_ items: [[UInt8]], version: String = "77", token: String = "") -> [UInt8] {
    var list = ProtobufWriter()
    list.write(ListFields.metadata) { metadata in
        metadata.write(ListMetaFields.resourceVersion, version)
        metadata.write(ListMetaFields.continue, token)
    }
    for item in items { item.withUnsafeBytes { list.write(ListFields.items, $0) } }
    return enveloped(list.octets)
}

/// One frame of a watch.
func protobufEvent(_ type: String, _ object: [UInt8]) -> [UInt8] {
    var event = ProtobufWriter()
    event.write(WatchEventFields.type, type)
    event.write(WatchEventFields.object) { message in
        enveloped(object).withUnsafeBytes { message.write(RawExtensionFields.raw, $0) }
    }
    return withUnsafeBytes(of: UInt32(event.octets.count).bigEndian) { Array($0) } + event.octets
}

/// Only the metadata of an object, as bookmarks and the dead have it.
func bare(_ name: String, version: String, annotations: [String: String] = [:]) -> [UInt8] {
    var object = ProtobufWriter()
    object.write(ObjectFields.metadata) { metadata in
        metadata.write(MetadataFields.name, name)
        metadata.write(MetadataFields.namespace, "shop")
        metadata.write(MetadataFields.resourceVersion, version)
        ObjectEncoder.write(annotations, MetadataFields.annotations, to: &metadata)
    }
    return object.octets
}

/// All that a body says, given in pieces of a size.
func messages(
    _ form: BodyReader.Form, _ resource: Resource, _ encoding: Encoding, _ body: [UInt8], detail: Detail = .full,
    piece: Int = .max
) throws(DecodeFault) -> [APIMessage] {
    var reader = BodyReader(form, of: resource, encoding, keeping: detail)
    var all: [APIMessage] = []
    var at = 0
    while at < body.count {
        let end = piece < body.count - at ? at + piece : body.count
        // Memory of its own, so that nothing behind it can be read unseen.
        try Array(body[at..<end]).withUnsafeBufferPointer { octets throws(DecodeFault) in
            try reader.read(UnsafeRawBufferPointer(octets)) { all.append($0) }
        }
        at = end
    }
    try reader.finish()
    return all
}

func decode(
    _ resource: Resource, _ message: [UInt8], detail: Detail = .full
) throws(DecodeFault) -> WatchedObject {
    var decoder = ObjectDecoder(resource, keeping: detail)
    return try message.withUnsafeBufferPointer { octets throws(DecodeFault) in
        try decoder.object(UnsafeRawBufferPointer(octets))
    }
}

/// The only object of a list with one item in JSON.
func decode(json: [UInt8], _ resource: Resource, detail: Detail = .full) throws(DecodeFault) -> WatchedObject {
    let body = Array("{\"items\":[".utf8) + json + Array("]}".utf8)
    switch try messages(.list, resource, .json, body, detail: detail).first {
    case .object(let object): return object
    case .undecodable(let fault): throw fault
    default: throw DecodeFault("no object")
    }
}
