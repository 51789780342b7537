//! The chain: ways to a credential, asked in order until one has it. Source: specs, the credential chain.
