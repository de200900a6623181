//! heart-contract
