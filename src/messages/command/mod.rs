//! What the command line says, by command. How it is called is told by `--help`, which clap makes of the comments in `src/cli`.

#![allow(missing_docs, reason = "a text says itself what it says; its name says what it is for")]

pub mod audit;
pub mod bundle;
pub mod earlier;
pub mod evaluate;
pub mod examine;
pub mod file;
pub mod general;
pub mod machine;
pub mod places;
pub mod read;
pub mod refusals;
pub mod serve;
pub mod sweep;
pub mod train;
