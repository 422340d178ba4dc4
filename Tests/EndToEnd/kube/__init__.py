"""An API server for tests: its objects, their encodings, the HTTP around them."""
