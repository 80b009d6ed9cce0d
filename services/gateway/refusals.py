"""Refusals that only the door knows: what no service ever sees."""

from __future__ import annotations

from shared.errors import ServiceError


class UnsupportedMediaType(ServiceError):
    kind, code = "unsupported_media_type", "unsupported_media_type"


class TooLarge(ServiceError):
    kind, code = "too_large", "too_large"


class Malformed(ServiceError):
    """The bytes are not what their content type says."""

    kind, code = "malformed", "malformed"


class TooManyRequests(ServiceError):
    """`details["retry_after"]` is in seconds."""

    kind, code = "too_many_requests", "too_many_requests"


class MethodNotAllowed(ServiceError):
    kind, code = "method_not_allowed", "method_not_allowed"


class RequestTimeout(ServiceError):
    """The caller took too long to send its body."""

    kind, code = "request_timeout", "request_timeout"
