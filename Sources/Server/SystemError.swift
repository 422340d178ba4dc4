import Glibc

/// A system call that failed: which, on what, and the system's own words.
package struct SystemError: Error, CustomStringConvertible {
    package let call: String
    package let subject: String
    package let code: Int32

    package init(_ call: String, _ subject: String, code: Int32 = errno) {
        self.call = call
        self.subject = subject
        self.code = code
    }

    package var reason: String { String(cString: strerror(code)) }

    package var description: String {
        switch (call, code) {
        case ("bind", EACCES):
            "cannot listen on \(subject): permission denied (ports below 1024 need root or CAP_NET_BIND_SERVICE)"
        case ("bind", EADDRINUSE): "cannot listen on \(subject): the port is in use"
        case ("bind", EADDRNOTAVAIL): "cannot listen on \(subject): no interface of this machine has that address"
        default: "\(call) \(subject): \(reason)"
        }
    }
}

/// The result of a call that returns -1 for an error; calls that a signal interrupted are made again.
@discardableResult
func system(_ call: String, _ subject: String, _ body: () -> Int32) throws -> Int32 {
    while true {
        let result = body()
        if result >= 0 { return result }
        if errno != EINTR { throw SystemError(call, subject) }
    }
}
