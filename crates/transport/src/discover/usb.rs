//! USBTMC interfaces.
