//! Bytes to and from one instrument: resource strings, links, sessions.
