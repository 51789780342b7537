//! Which project a program works in.
