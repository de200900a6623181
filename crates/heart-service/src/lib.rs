//! heart-service
