import Findings
import ServiceRegistry
import Threads
import YAML

/// An object and where its document begins.
package struct PlacedObject: Sendable, Hashable {
    package var object: RegistryObject
    package var place: SourcePlace
    /// Where its metadata.name stands.
    package var namePlace: SourcePlace
    /// Codes that the object's annotation clusterdns.io/ignore keeps quiet.
    package var ignoredCodes: Set<String>

    package init(
        object: RegistryObject, place: SourcePlace, namePlace: SourcePlace, ignoredCodes: Set<String> = []
    ) {
        self.object = object
        self.place = place
        self.namePlace = namePlace
        self.ignoredCodes = ignoredCodes
    }
}

/// What one manifest file says.
package struct ManifestReading: Sendable {
    package var objects: [PlacedObject] = []
    /// Objects that an API server would refuse: their last good version is to stay.
    package var rejected: [ObjectKey] = []
    /// False where a part of the file has no readable object: what was in it formerly is to stay.
    package var isComplete = true
    /// In the order of their places.
    package var findings: [Finding] = []
    /// Where the text is no YAML.
    var faults: [YAMLFault] = []
    /// What can be set right without asking its author.
    var corrections: [Correction] = []

    package init() {}
}

/// Reads manifests: YAML or JSON, several documents, lists.
package enum ManifestReader {
    /// - Parameters:
    ///   - bytes: the whole file.
    ///   - file: its name, for places.
    package static func read(_ bytes: [UInt8], file: String) -> ManifestReading {
        var reading = ManifestReading()
        bytes.withUnsafeBufferPointer { bytes in
            let isASCII = !bytes.contains { $0 >= 0x80 }
            let shared = SharedValues()
            YAMLDocuments(bytes).forEach { result in
                switch result {
                case .success(let document):
                    read(document, file: file, isASCII: isASCII, shared, into: &reading)
                case .failure(let fault):
                    reading.isComplete = false
                    reading.faults.append(fault)
                    reading.findings.append(SyntaxHint.finding(fault, in: bytes, file: file))
                }
            }
        }
        reading.findings.sort { ($0.place ?? SourcePlace(file: file)) < ($1.place ?? SourcePlace(file: file)) }
        return reading
    }

    private static func read(
        _ document: YAMLNode, file: String, isASCII: Bool, _ shared: SharedValues, into reading: inout ManifestReading
    ) {
        // `kind: List`, and `ServiceList` as `kubectl get -o yaml` of one kind may say.
        if let kind = document["kind"]?.text, kind.hasSuffix("List"), let items = document["items"]?.items {
            for item in items {
                giveWay()
                read(item, file: file, isASCII: isASCII, shared, into: &reading)
            }
            return
        }
        var reader = ObjectReader(document, file: file, mayHaveLookAlikes: !isASCII, shared: shared)
        let outcome = reader.read()
        let ignored = reader.ignoredCodes
        reading.findings += reader.findings.filter { !ignored.contains($0.code) }
        reading.corrections += reader.corrections.filter { !ignored.contains($0.code) }
        switch outcome {
        case .object(let object):
            reading.objects.append(
                PlacedObject(
                    object: object, place: reader.place, namePlace: reader.namePlace, ignoredCodes: ignored))
        case .rejected(let key): reading.rejected.append(key)
        case .unknown: reading.isComplete = false
        case .ignored: break
        }
    }
}
