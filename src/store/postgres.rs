//! A history in PostgreSQL, where several companions serve one.

use super::sql::{Row, Sql, Value};
use super::{Error, migrate};
use crate::messages::why::store as why;
use std::fmt;
use std::rc::Rc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;
use tokio::runtime::Runtime;
use tokio_postgres::config::{Host, SslMode};
use tokio_postgres::error::SqlState;
use tokio_postgres::types::{IsNull, ToSql, Type, to_sql_checked};
use tokio_postgres::{Config, NoTls, SimpleQueryMessage};
use tokio_postgres_rustls::MakeRustlsConnect;

/// Where the database is, and how it is reached.
#[derive(Clone, Debug)]
pub struct PostgresSettings {
    config: Config,
    tls: Option<Arc<rustls::ClientConfig>>,
}

impl PostgresSettings {
    /// Reads an address, `postgres://USER@HOST/DATABASE`. `authority`: certificates of those that sign the server's, in PEM; needed where the
    /// server is another computer, which is then asked over TLS only.
    ///
    /// # Errors
    /// Fails if the address cannot be read, or if it leads to another computer without TLS.
    pub fn new(address: &str, password: Option<&str>, authority: Option<&str>) -> Result<Self, Error> {
        let mut config: Config = address.parse().map_err(|error| Error::Address(cause(&error)))?;
        config.connect_timeout(CONNECT).keepalives_idle(CONNECT).application_name("lantern");
        if let Some(password) = password {
            config.password(password);
        }
        let tls = authority.map(client_config).transpose()?;
        let is_here = |host: &Host| match host {
            Host::Tcp(name) => matches!(name.as_str(), "localhost" | "127.0.0.1" | "::1"),
            #[cfg(unix)]
            Host::Unix(_) => true,
        };
        match tls.is_some() {
            true => _ = config.ssl_mode(SslMode::Require),
            false if config.get_hosts().iter().all(is_here) => _ = config.ssl_mode(SslMode::Disable),
            false => return Err(Error::DatabaseWithoutTls),
        }
        Ok(Self { config, tls })
    }
}

fn client_config(authority: &str) -> Result<Arc<rustls::ClientConfig>, Error> {
    use rustls::pki_types::CertificateDer;
    use rustls::pki_types::pem::PemObject;
    let refused = |error: &dyn std::error::Error| Error::Authority(error.to_string());
    let mut roots = rustls::RootCertStore::empty();
    for certificate in CertificateDer::pem_slice_iter(authority.as_bytes()) {
        roots.add(certificate.map_err(|error| refused(&error))?).map_err(|error| refused(&error))?;
    }
    if roots.is_empty() {
        return Err(Error::Authority(why::NO_CERTIFICATE.into()));
    }
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let builder = rustls::ClientConfig::builder_with_provider(provider).with_safe_default_protocol_versions();
    let builder = builder.map_err(|error| refused(&error))?;
    Ok(Arc::new(builder.with_root_certificates(roots).with_no_client_auth()))
}

const CONNECT: Duration = Duration::from_secs(10);

/// Said once on each connection. Everything lies in a schema of its own. `on`: what was acknowledged survives a power cut.
const BEGIN_SESSION: &str =
    "SET search_path TO lantern; SET synchronous_commit TO on; SET lock_timeout TO '5s';
    SET idle_in_transaction_session_timeout TO '60s'";
/// One transaction writes at a time, as in SQLite: the audit log is one chain, and numbers are given in the order in which cases are saved.
pub(super) const BEGIN: &str = "BEGIN; SELECT pg_advisory_xact_lock(5504801)";
/// A read that sees one state of the whole database.
const BEGIN_SNAPSHOT: &str = "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY";
/// Held by each companion that serves, together, and by who changes the key, alone.
const SERVE: &str = "SELECT pg_try_advisory_lock_shared(5504802)";
const SERVE_NOT: &str = "SELECT pg_try_advisory_lock(5504802)";

/// The connections to a database.
pub(super) struct Postgres {
    /// Of its own, because the store is asked from threads that may block. Taken when the store is dropped.
    runtime: Option<Runtime>,
    settings: PostgresSettings,
    writer: Mutex<Option<tokio_postgres::Client>>,
    /// For lists, for which nobody who writes has to wait.
    reader: Mutex<Option<tokio_postgres::Client>>,
    /// Whether the writer holds the lock of those who serve.
    serves: AtomicBool,
}

impl fmt::Debug for Postgres {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Postgres").finish_non_exhaustive()
    }
}

impl Drop for Postgres {
    fn drop(&mut self) {
        // Also where nothing may wait.
        if let Some(runtime) = self.runtime.take() {
            runtime.shutdown_background();
        }
    }
}

/// Which connection is asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Which {
    Writer,
    Reader,
}

impl Postgres {
    /// Connects, and brings the schema to this version.
    pub fn open(settings: &PostgresSettings) -> Result<Self, Error> {
        let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build();
        let runtime = runtime.map_err(|error| Error::Sql(error.to_string()))?;
        let own = Self {
            runtime: Some(runtime),
            settings: settings.clone(),
            writer: Mutex::default(),
            reader: Mutex::default(),
            serves: AtomicBool::new(false),
        };
        own.with(Which::Writer, migrate::postgres)?;
        Ok(own)
    }

    /// Keeps others from changing the key while this program serves; other companions may serve too.
    pub fn serve(&self) -> Result<(), Error> {
        self.with(Which::Writer, |client| client.lock(SERVE))?;
        self.serves.store(true, Ordering::Relaxed);
        Ok(())
    }

    /// Fails if a companion serves, and keeps companions from it until this store is dropped.
    pub fn alone(&self) -> Result<(), Error> {
        self.with(Which::Writer, |client| client.lock(SERVE_NOT))
    }

    /// Runs `work` in a transaction that writes alone.
    pub fn write<T>(&self, work: impl FnOnce(&Sql<'_>) -> Result<T, Error>) -> Result<T, Error> {
        self.within(Which::Writer, BEGIN, work)
    }

    /// Runs `work`, which sees one state of the database.
    pub fn snapshot<T>(&self, work: impl FnOnce(&Sql<'_>) -> Result<T, Error>) -> Result<T, Error> {
        self.within(Which::Reader, BEGIN_SNAPSHOT, work)
    }

    /// Runs single questions.
    pub fn ask<T>(&self, which: Which, work: impl FnOnce(&Sql<'_>) -> Result<T, Error>) -> Result<T, Error> {
        self.with(which, |client| work(&Sql::Postgres(*client)))
    }

    fn within<T>(
        &self,
        which: Which,
        begin: &str,
        work: impl FnOnce(&Sql<'_>) -> Result<T, Error>,
    ) -> Result<T, Error> {
        self.with(which, |client| {
            let done = client.batch(begin).and_then(|()| work(&Sql::Postgres(*client)));
            match done {
                Ok(answer) => match client.batch("COMMIT") {
                    // Whether it reached the disk is not known.
                    Err(Error::Lost) => Err(Error::Uncertain),
                    done => done.map(|()| answer),
                },
                Err(error) => {
                    client.batch("ROLLBACK").ok();
                    Err(error)
                }
            }
        })
    }

    /// Lends a connection, a new one if the old one was lost.
    fn with<T>(&self, which: Which, work: impl FnOnce(&Client<'_>) -> Result<T, Error>) -> Result<T, Error> {
        let Some(runtime) = &self.runtime else { return Err(Error::Lost) };
        let of = if which == Which::Writer { &self.writer } else { &self.reader };
        let mut kept = of.lock().unwrap_or_else(PoisonError::into_inner);
        let client = match kept.take().filter(|client| !client.is_closed()) {
            Some(client) => client,
            None => {
                let client = runtime.block_on(connect(&self.settings))?;
                let lent = Client { runtime, client: &client };
                lent.batch(BEGIN_SESSION)?;
                if which == Which::Writer && self.serves.load(Ordering::Relaxed) {
                    lent.lock(SERVE)?;
                }
                client
            }
        };
        let done = work(&Client { runtime, client: &client });
        *kept = Some(client);
        done
    }
}

async fn connect(settings: &PostgresSettings) -> Result<tokio_postgres::Client, Error> {
    let unreachable = |error: tokio_postgres::Error| Error::Unreachable(cause(&error));
    // The connection does its work in the background until the client is dropped.
    match &settings.tls {
        None => {
            let (client, connection) = settings.config.connect(NoTls).await.map_err(unreachable)?;
            tokio::spawn(connection);
            Ok(client)
        }
        Some(tls) => {
            let tls = MakeRustlsConnect::new(tls.as_ref().clone());
            let (client, connection) = settings.config.connect(tls).await.map_err(unreachable)?;
            tokio::spawn(connection);
            Ok(client)
        }
    }
}

/// A connection that is lent.
#[derive(Clone, Copy)]
pub(super) struct Client<'a> {
    runtime: &'a Runtime,
    client: &'a tokio_postgres::Client,
}

impl Client<'_> {
    pub fn rows(&self, question: &str, values: &[Value]) -> Result<Vec<Row>, Error> {
        let (question, values) = (numbered(question), references(values));
        let rows = self.runtime.block_on(self.client.query(&question, &values));
        let rows = rows.map_err(|error| self.told(&error))?;
        let columns = rows.first().map_or(&[][..], |row| row.columns());
        let columns: Rc<[String]> = columns.iter().map(|column| column.name().to_string()).collect();
        let whole = |row: &tokio_postgres::Row| {
            let values = (0..columns.len()).map(|at| row.try_get(at));
            Ok(Row::new(
                columns.clone(),
                values.collect::<Result<_, _>>().map_err(|error| self.told(&error))?,
            ))
        };
        rows.iter().map(whole).collect()
    }

    pub fn execute(&self, change: &str, values: &[Value]) -> Result<u64, Error> {
        let (change, values) = (numbered(change), references(values));
        self.runtime.block_on(self.client.execute(&change, &values)).map_err(|error| self.told(&error))
    }

    /// Runs several commands.
    pub fn batch(&self, commands: &str) -> Result<(), Error> {
        self.runtime.block_on(self.client.batch_execute(commands)).map_err(|error| self.told(&error))
    }

    fn lock(&self, lock: &str) -> Result<(), Error> {
        let answer =
            self.runtime.block_on(self.client.simple_query(lock)).map_err(|error| self.told(&error))?;
        let is_taken = answer.iter().any(|message| match message {
            SimpleQueryMessage::Row(row) => row.get(0) == Some("t"),
            _ => false,
        });
        if is_taken { Ok(()) } else { Err(Error::InUse) }
    }

    fn told(&self, error: &tokio_postgres::Error) -> Error {
        let Some(state) = error.code() else {
            return if self.client.is_closed() { Error::Lost } else { Error::Sql(cause(error)) };
        };
        match state {
            state if *state == SqlState::LOCK_NOT_AVAILABLE => Error::Locked,
            state if *state == SqlState::DISK_FULL => Error::Full,
            state if *state == SqlState::READ_ONLY_SQL_TRANSACTION => {
                Error::ReadOnly { path: why::THE_DATABASE.into() }
            }
            state if [SqlState::DATA_CORRUPTED, SqlState::INDEX_CORRUPTED].contains(state) => Error::Corrupt,
            // The server is stopped, or somebody ended the connection.
            state
                if [
                    SqlState::ADMIN_SHUTDOWN,
                    SqlState::CRASH_SHUTDOWN,
                    SqlState::IDLE_IN_TRANSACTION_SESSION_TIMEOUT,
                ]
                .contains(state) =>
            {
                Error::Lost
            }
            _ => Error::Sql(cause(error)),
        }
    }
}

/// A question as PostgreSQL numbers its values: `$1` for `?1`.
fn numbered(question: &str) -> String {
    question.replace('?', "$")
}

fn references(values: &[Value]) -> Vec<&(dyn ToSql + Sync)> {
    values.iter().map(|value| value as &(dyn ToSql + Sync)).collect()
}

/// An error with what lies behind it, which its own text leaves out.
fn cause(error: &tokio_postgres::Error) -> String {
    use std::error::Error;
    error.source().map_or_else(|| error.to_string(), |source| source.to_string())
}

impl ToSql for Value {
    fn to_sql(
        &self,
        ty: &Type,
        out: &mut tokio_postgres::types::private::BytesMut,
    ) -> Result<IsNull, Box<dyn std::error::Error + Sync + Send>> {
        match self {
            Self::Null => Ok(IsNull::Yes),
            Self::Integer(value) if *ty == Type::INT4 => i32::try_from(*value)?.to_sql(ty, out),
            Self::Integer(value) => value.to_sql_checked(ty, out),
            // PostgreSQL takes no NUL in a text.
            Self::Text(value) if value.contains('\0') => value.replace('\0', " ").to_sql_checked(ty, out),
            Self::Text(value) => value.to_sql_checked(ty, out),
        }
    }

    fn accepts(_: &Type) -> bool {
        true
    }

    to_sql_checked!();
}

impl<'a> tokio_postgres::types::FromSql<'a> for Value {
    fn from_sql(ty: &Type, raw: &'a [u8]) -> Result<Self, Box<dyn std::error::Error + Sync + Send>> {
        Ok(match *ty {
            Type::BOOL => Self::Integer(bool::from_sql(ty, raw)?.into()),
            Type::INT4 => Self::Integer(i32::from_sql(ty, raw)?.into()),
            Type::INT8 => Self::Integer(i64::from_sql(ty, raw)?),
            _ => Self::Text(String::from_sql(ty, raw)?),
        })
    }

    fn from_sql_null(_: &Type) -> Result<Self, Box<dyn std::error::Error + Sync + Send>> {
        Ok(Self::Null)
    }

    fn accepts(ty: &Type) -> bool {
        [Type::BOOL, Type::INT4, Type::INT8, Type::TEXT, Type::VARCHAR].contains(ty)
    }
}
