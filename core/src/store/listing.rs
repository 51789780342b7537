//! What is in a store, as people and programs are told.
