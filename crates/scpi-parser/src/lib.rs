//! SCPI and IEEE 488.2 text in both directions: program messages, responses, blocks, numbers, status.
