//! A shelf in the memory of this process.
