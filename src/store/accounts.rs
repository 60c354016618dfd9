//! Accounts, sessions, and the one-time token for the first administrator.

use super::audit_log::Event;
use super::sql::{Row, Sql, values};
use super::{By, Error, Store};
use crate::account::Role;
use crate::fingerprint::Sha256;
use crate::protocol::companion::Account;

/// An account with what its log-in needs.
#[derive(Clone, PartialEq, Eq)]
pub struct StoredAccount {
    /// Its id, which is never given twice.
    pub id: i64,
    /// Its name.
    pub name: String,
    /// What it may do.
    pub role: Role,
    /// The password's Argon2id hash, in PHC form.
    pub password: String,
}

/// How long a session lasts, in seconds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SessionLimits {
    /// Since the last request.
    pub idle: i64,
    /// Since the log-in.
    pub absolute: i64,
}

impl Default for SessionLimits {
    /// An hour, and a day at work.
    fn default() -> Self {
        Self { idle: 60 * 60, absolute: 12 * 60 * 60 }
    }
}

/// How often the time of the last request is written, in seconds: not at each request.
const SEEN_EVERY: i64 = 60;

impl Store {
    /// Whether an account exists.
    pub fn has_accounts(&self) -> Result<bool, Error> {
        self.ask(has_accounts)
    }

    /// All accounts, by name.
    pub fn accounts(&self) -> Result<Vec<Account>, Error> {
        let rows = self.ask(|sql| sql.rows("SELECT name, role, created_at FROM users ORDER BY name", &[]))?;
        let account = |row: &Row| {
            Ok(Account { name: row.get("name")?, role: row.get("role")?, created_at: row.get("created_at")? })
        };
        rows.iter().map(account).collect()
    }

    /// The account with this name, in whichever case its letters are.
    pub fn account(&self, name: &str) -> Result<Option<StoredAccount>, Error> {
        self.ask(|sql| find(sql, name))
    }

    /// Adds an account. `password`: its hash, in PHC form.
    ///
    /// # Errors
    /// Fails if the name is taken.
    pub fn add_account(&self, by: &By, name: &str, role: Role, password: &str) -> Result<(), Error> {
        self.transaction(by, |sql| {
            add(sql, by, name, role, password)?;
            Ok(((), Some(Event::new("account.added", format!("{name} {role}")))))
        })
    }

    /// Removes an account and ends its sessions. Its cases stay.
    ///
    /// # Errors
    /// Fails if there is none with this name, or if it is the last administrator.
    pub fn remove_account(&self, by: &By, name: &str) -> Result<(), Error> {
        self.transaction(by, |sql| {
            let account = existing(sql, name)?;
            sql.execute("DELETE FROM users WHERE id = ?1", values![account.id])?;
            keep_an_administrator(sql)?;
            Ok(((), Some(Event::new("account.removed", account.name))))
        })
    }

    /// Gives an account another role, which its sessions have at once.
    ///
    /// # Errors
    /// Fails if there is none with this name, or if it is the last administrator.
    pub fn set_role(&self, by: &By, name: &str, role: Role) -> Result<(), Error> {
        self.transaction(by, |sql| {
            let account = existing(sql, name)?;
            sql.execute("UPDATE users SET role = ?2 WHERE id = ?1", values![account.id, role.name()])?;
            keep_an_administrator(sql)?;
            Ok(((), Some(Event::new("account.role", format!("{} {role}", account.name)))))
        })
    }

    /// Sets a password, given as its hash, and ends the account's sessions except `kept`.
    ///
    /// # Errors
    /// Fails if there is no account with this name.
    pub fn set_password(
        &self,
        by: &By,
        name: &str,
        password: &str,
        kept: Option<Sha256>,
    ) -> Result<(), Error> {
        self.transaction(by, |sql| {
            let account = existing(sql, name)?;
            sql.execute("UPDATE users SET password = ?2 WHERE id = ?1", values![account.id, password])?;
            sql.execute(
                "DELETE FROM sessions WHERE user_id = ?1 AND token IS DISTINCT FROM ?2",
                values![account.id, kept.map(String::from)],
            )?;
            Ok(((), Some(Event::new("account.password", account.name))))
        })
    }

    /// Keeps the hash of a one-time token until `expires_at` (seconds since 1970), in place of an
    /// earlier one.
    pub fn invite(&self, by: &By, token: Sha256, expires_at: i64) -> Result<(), Error> {
        self.transaction(by, |sql| {
            sql.execute("DELETE FROM invitations", &[])?;
            let one = values![String::from(token), expires_at];
            sql.execute("INSERT INTO invitations (token, expires_at) VALUES (?1, ?2)", one)?;
            Ok(((), Some(Event::new("token.made", ""))))
        })
    }

    /// Fails if [`Store::accept`] would.
    pub fn check_invitation(&self, token: Sha256, now: i64) -> Result<(), Error> {
        let question = "SELECT EXISTS (SELECT 1 FROM invitations WHERE token = ?1 AND expires_at > ?2)";
        self.ask(|sql| {
            let is_known = sql.one(question, values![String::from(token), now])?;
            if is_known && !has_accounts(sql)? { Ok(()) } else { Err(Error::Invitation) }
        })
    }

    /// Makes the first administrator by a one-time token, which is then used up. `now`: seconds since 1970.
    ///
    /// # Errors
    /// Fails if the token is not the last one, or is too old, or if an account exists.
    pub fn accept(&self, by: &By, token: Sha256, now: i64, name: &str, password: &str) -> Result<(), Error> {
        self.transaction(by, |sql| {
            let used = sql.execute(
                "DELETE FROM invitations WHERE token = ?1 AND expires_at > ?2",
                values![String::from(token), now],
            )?;
            if used == 0 || has_accounts(sql)? {
                return Err(Error::Invitation);
            }
            add(sql, by, name, Role::Administrator, password)?;
            Ok(((), Some(Event::new("account.first", name))))
        })
    }

    /// Begins a session of an account. `token`: the hash of what the browser holds; `now`: seconds since
    /// 1970. Sessions that are over are forgotten.
    ///
    /// # Errors
    /// Fails if the account was removed or got another password in the meantime.
    pub fn begin_session(
        &self,
        by: &By,
        account: &StoredAccount,
        (token, now): (Sha256, i64),
        limits: SessionLimits,
    ) -> Result<(), Error> {
        self.transaction(by, |sql| {
            if find(sql, &account.name)?.is_none_or(|now| now != *account) {
                return Err(Error::NoAccount { name: account.name.clone() });
            }
            sql.execute(
                "DELETE FROM sessions WHERE ?1 - seen_at > ?2 OR ?1 - began_at > ?3",
                values![now, limits.idle, limits.absolute],
            )?;
            sql.execute(
                "INSERT INTO sessions (token, user_id, began_at, seen_at) VALUES (?1, ?2, ?3, ?3)",
                values![String::from(token), account.id, now],
            )?;
            Ok(((), Some(Event::new("session.began", &account.name))))
        })
    }

    /// The account of a session that is not over, and marks it as seen `now`. If the clock was set back, no
    /// session ends by it.
    pub fn session(
        &self,
        token: Sha256,
        now: i64,
        limits: SessionLimits,
    ) -> Result<Option<StoredAccount>, Error> {
        let token = String::from(token);
        let question = "SELECT users.name, seen_at FROM sessions JOIN users ON users.id = user_id
             WHERE token = ?1 AND ?2 - seen_at <= ?3 AND ?2 - began_at <= ?4";
        self.ask(|sql| {
            let which = values![token.as_str(), now, limits.idle, limits.absolute];
            let Some(row) = sql.first(question, which)? else { return Ok(None) };
            if (now - row.get::<i64>("seen_at")?).abs() >= SEEN_EVERY.min(limits.idle / 2) {
                sql.execute(
                    "UPDATE sessions SET seen_at = ?2 WHERE token = ?1",
                    values![token.as_str(), now],
                )?;
            }
            find(sql, &row.get::<String>("name")?)
        })
    }

    /// Ends a session.
    pub fn end_session(&self, by: &By, token: Sha256) -> Result<(), Error> {
        self.transaction(by, |sql| {
            let ended = sql.execute("DELETE FROM sessions WHERE token = ?1", values![String::from(token)])?;
            Ok(((), (ended > 0).then(|| Event::new("session.ended", &by.name))))
        })
    }
}

fn has_accounts(sql: &Sql) -> Result<bool, Error> {
    sql.one("SELECT EXISTS (SELECT 1 FROM users)", &[])
}

fn find(sql: &Sql, name: &str) -> Result<Option<StoredAccount>, Error> {
    // Names are kept in lower case.
    let name = name.to_ascii_lowercase();
    let found = sql.first("SELECT id, role, password FROM users WHERE name = ?1", values![name.as_str()])?;
    let Some(row) = found else { return Ok(None) };
    // A role that this version does not know allows nothing.
    let Ok(role) = row.get::<String>("role")?.parse() else { return Ok(None) };
    Ok(Some(StoredAccount { id: row.get("id")?, name, role, password: row.get("password")? }))
}

fn existing(sql: &Sql, name: &str) -> Result<StoredAccount, Error> {
    find(sql, name)?.ok_or_else(|| Error::NoAccount { name: name.into() })
}

fn add(sql: &Sql, by: &By, name: &str, role: Role, password: &str) -> Result<(), Error> {
    if find(sql, name)?.is_some() {
        return Err(Error::NameTaken { name: name.into() });
    }
    let id = sql.next_number("users")?;
    sql.execute(
        "INSERT INTO users (id, name, role, password, created_at) VALUES (?1, ?2, ?3, ?4, ?5)",
        values![id, name, role.name(), password, by.at.as_str()],
    )?;
    Ok(())
}

/// Fails if no administrator is left; the transaction is then rolled back.
fn keep_an_administrator(sql: &Sql) -> Result<(), Error> {
    let question = "SELECT EXISTS (SELECT 1 FROM users WHERE role = ?1)";
    if sql.one(question, values![Role::Administrator.name()])? {
        Ok(())
    } else {
        Err(Error::LastAdministrator)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_session_ends_by_idleness_by_age_and_not_by_a_clock_that_was_set_back() {
        let folder = tempfile::tempdir().unwrap();
        let store = Store::open(&folder.path().join("history.db")).unwrap();
        store.add_account(&By::test(), "mora", Role::Clinician, "hash").unwrap();
        let mora = store.account("mora").unwrap().unwrap();
        let limits = SessionLimits { idle: 600, absolute: 3600 };
        let begin = |text: &str| {
            let token = Sha256::of(text.as_bytes());
            store.begin_session(&By::test(), &mora, (token, 10_000), limits).unwrap();
            move |now: i64, store: &Store| store.session(token, now, limits).unwrap().map(|found| found.name)
        };
        let first = begin("first");
        assert_eq!(first(10_600, &store).as_deref(), Some("mora"));
        // Seen then, so it lasts on.
        assert_eq!(first(11_200, &store).as_deref(), Some("mora"));
        assert_eq!(first(11_801, &store), None);
        let second = begin("second");
        for now in (10_000..=13_600).step_by(600) {
            assert_eq!(second(now, &store).as_deref(), Some("mora"), "{now}");
        }
        assert_eq!(second(13_601, &store), None);
        let third = begin("third");
        assert_eq!(third(500, &store).as_deref(), Some("mora"));
        assert!(store.session(Sha256::of(b"none"), 10_000, limits).unwrap().is_none());
        // A session cannot begin with what the account was before its password was changed.
        store.set_password(&By::test(), "mora", "another", None).unwrap();
        assert!(store.begin_session(&By::test(), &mora, (Sha256::of(b"late"), 10_000), limits).is_err());
        assert_eq!(third(500, &store), None);
    }
}
