"""The Status objects of refusals, with the words of the real API server."""
from __future__ import annotations

from .objects import Object, Resource


class Refused(Exception):
    """Ends the request with a Status."""

    def __init__(self, found: Object) -> None:
        super().__init__(found["message"])
        self.status = found


COREDNS = "system:serviceaccount:kube-system:coredns"


def status(code: int, reason: str, message: str, details: Object | None = None) -> Object:
    found = {"kind": "Status", "apiVersion": "v1", "metadata": {}, "status": "Failure", "message": message,
             "reason": reason, "code": code}
    return found | ({"details": details} if details else {})


# kube-apiserver with etcd 3.4, on sendInitialEvents.
NO_PROGRESS = status(500, "InternalError", "a watch stream was requested by the client but the required storage feature "
                     "RequestWatchProgress is disabled")


def forbidden(verb: str, resource: Resource, namespace: str | None, user: str = COREDNS) -> Object:
    scope = f'in the namespace "{namespace}"' if namespace else "at the cluster scope"
    return status(403, "Forbidden", f'{resource.full_name} is forbidden: User "{user}" cannot {verb} resource '
                  f'"{resource.name}" in API group "{resource.group}" {scope}',
                  {"kind": resource.name} | ({"group": resource.group} if resource.group else {}))


def unauthorized() -> Object:
    return status(401, "Unauthorized", "Unauthorized")


def not_found(resource: Resource, name: str) -> Object:
    return status(404, "NotFound", f'{resource.full_name} "{name}" not found', {"name": name, "kind": resource.name})


def expired(message: str) -> Object:
    return status(410, "Expired", message)


def page_expired(inconsistent: str) -> Object:
    found = status(410, "Expired", "The provided continue parameter is too old to display a consistent list result. You can "
                   "start a new list without the continue parameter, or use the continue token in this response to retrieve "
                   "the remainder of the results. Continuing with the provided token results in an inconsistent list - "
                   "objects that were created, modified, or deleted between the time the first chunk was returned and now "
                   "may show up in the list.")
    return found | {"metadata": {"continue": inconsistent}}


def too_large(wanted: int, current: int) -> Object:
    return status(504, "Timeout", f"Timeout: Too large resource version: {wanted}, current: {current}", {
        "causes": [{"reason": "ResourceVersionTooLarge", "message": "Too large resource version"}],
        "retryAfterSeconds": 1})


def of_code(code: int, verb: str, resource: Resource | None, namespace: str | None) -> Object:
    """What the API server says with an HTTP status."""
    match code:
        case 401:
            return unauthorized()
        case 403 if resource:
            return forbidden(verb, resource, namespace)
        case 429:
            return status(429, "TooManyRequests", "Too many requests, please try again later.", {"retryAfterSeconds": 1})
        case 500:
            return status(500, "InternalError", "Internal error occurred: etcdserver: request timed out")
        case 503:
            return status(503, "ServiceUnavailable", "apiserver is shutting down")
    return status(code, "Unknown", f"the server says {code}")
