//! What an earlier run has left.

texts! {
    /// There is a result, but no state to resume from.
    made_only(made: &str) = "{made} is there, but nothing to go on from; begin anew with --force, which overwrites it, or name another place with --out";
    kept(kept: &str) = "{kept} is there from an earlier run; go on from it with --resume, or begin anew with --force, which overwrites it";
    made(made: &str) = "{made} is there already; begin anew with --force, which overwrites it, or name another place with --out";
}
