//! Accounts on the page: the form for a log-in, and the menu of who is logged in. Where no log-in is needed, nothing of this is seen.

mod fields;
mod gate;
mod log_in;
mod menu;
mod password;

pub use fields::{NewPassword, PasswordField, TextField};
pub use gate::Gate;
pub use log_in::{LogInPanel, focus_on, follow_first_link};
pub use menu::{AccountMenu, may};
