//! Two devices at V and V+dV: paired measurement and measured dI/dV.
