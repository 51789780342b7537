//! Scope lists. Source: specs/workbench.md §3.2 rule 12; RFC 6749 §3.3 (`scope-token`).

/// A scope list and what was odd about the way it was written.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Scopes {
    /// In file order, without repetitions.
    pub list: Vec<String>,
    /// One line each, lower case.
    pub warnings: Vec<&'static str>,
}

/// Reads a comma-separated list.
///
/// Errors: the position (counted from 1) of the first element that holds a character no scope may have.
pub fn parse(text: &str) -> Result<Scopes, usize> {
    let mut scopes = Scopes::default();
    let mut warn = |condition: bool, warning| {
        if condition && !scopes.warnings.contains(&warning) {
            scopes.warnings.push(warning);
        }
    };
    if text.trim().is_empty() {
        return Ok(scopes);
    }
    for element in text.split(',').map(str::trim) {
        warn(element.is_empty(), "an empty element between commas was dropped");
        let tokens: Vec<&str> = element.split_whitespace().collect();
        warn(tokens.len() > 1, "scopes separated by white space were split; separate them with commas");
        for token in tokens {
            if !token.bytes().all(is_scope_byte) {
                return Err(scopes.list.len() + 1);
            }
            let known = scopes.list.iter().any(|other| other == token);
            warn(known, "a scope stands twice; the first one counts");
            if !known {
                scopes.list.push(token.to_owned());
            }
        }
    }
    Ok(scopes)
}

fn is_scope_byte(byte: u8) -> bool {
    matches!(byte, 0x21 | 0x23..=0x5b | 0x5d..=0x7e)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn order_is_kept_and_each_remark_made_once() {
        let scopes = parse(" b , a b,, c,, a").unwrap();
        assert_eq!(scopes.list, ["b", "a", "c"]);
        assert_eq!(scopes.warnings.len(), 3);
    }

    #[test]
    fn position_of_the_illegal_one() {
        assert_eq!(parse("a,b\\c"), Err(2));
        assert_eq!(parse("é"), Err(1));
    }
}
