//! What Google's refusals mean and what helps, kind by kind.
