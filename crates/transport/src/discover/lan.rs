//! VXI-11's broadcast.
