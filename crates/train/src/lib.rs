//! Networks whose nonlinearity is measured: data sets, passes, optimisers, cross-validation.
