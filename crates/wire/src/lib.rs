//! The outside formats as types: parameters, envelopes, codes, signatures, item shapes.
