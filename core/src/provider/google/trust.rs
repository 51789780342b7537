//! Which addresses a file of credentials may send secrets to.
