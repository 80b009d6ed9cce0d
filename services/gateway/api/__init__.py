"""The public REST API of `/api/v1`: HTTP around the handlers, nothing more."""
