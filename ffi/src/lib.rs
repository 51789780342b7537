//! tokcore
