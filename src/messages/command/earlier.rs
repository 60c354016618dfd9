//! What an earlier run has left.

/// There is a result, but no state to resume from.
pub fn made_only(made: &str) -> String {
    format!(
        "{made} is there, but nothing to go on from; begin anew with --force, which overwrites it, or name another place with --out"
    )
}

pub fn kept(kept: &str) -> String {
    format!(
        "{kept} is there from an earlier run; go on from it with --resume, or begin anew with --force, which overwrites it"
    )
}

pub fn made(made: &str) -> String {
    format!(
        "{made} is there already; begin anew with --force, which overwrites it, or name another place with --out"
    )
}
