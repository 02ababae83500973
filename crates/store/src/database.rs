//! Opening the database: connections, settings, schema.

use std::{
    fmt::Write as _,
    fs::{DirBuilder, File, OpenOptions},
    io,
    path::{Path, PathBuf},
    sync::{Arc, Once},
};

use sqlx::{
    Any, AnyConnection, AnyPool, ConnectOptions as _, Connection as _, Row as _, Transaction,
    any::{AnyConnectOptions, AnyPoolOptions},
    migrate::{MigrateError, Migrator},
};

use crate::{Error, Result};

/// The database's file in the data directory.
const FILE: &str = "qiusuo.db";
/// Held while the schema is made or changed, so that two processes never do it at once.
const SCHEMA_LOCK: &str = "qiusuo.db.schema-lock";
/// Readers beside the one writer. Requests do not read the store, so a few are enough.
const READERS: u32 = 4;

static SCHEMA: Migrator = sqlx::migrate!("./migrations");

/// The store of record. Clones share the connections.
#[derive(Clone)]
pub struct Store(Arc<Inner>);

struct Inner {
    path: PathBuf,
    url: String,
    writer: AnyPool,
    readers: AnyPool,
}

impl std::fmt::Debug for Store {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(formatter, "Store({})", self.0.path.display())
    }
}

impl Store {
    /// Opens the database in `directory`; makes both if they are not there, for this user alone, and brings the
    /// schema up to date.
    ///
    /// # Errors
    /// When the directory cannot be used, the database is damaged, or its schema is newer than this program.
    pub async fn open(directory: &Path) -> Result<Store> {
        make_directory(directory).map_err(|source| directory_error(directory, source))?;
        open_in(directory).await
    }

    /// Whether there is a database in `directory`.
    pub fn exists(directory: &Path) -> bool {
        directory.join(FILE).is_file()
    }

    /// Opens the database in `directory` only if there is one; brings the schema up to date.
    ///
    /// # Errors
    /// [`Error::NoDatabase`] if there is none; otherwise as [`Store::open`].
    pub async fn open_existing(directory: &Path) -> Result<Store> {
        if !Store::exists(directory) {
            return Err(Error::NoDatabase { path: directory.join(FILE) });
        }
        open_in(directory).await
    }

    /// What is wrong with the database's file, as the database itself finds it; nothing if it is sound.
    ///
    /// # Errors
    /// When it cannot be read at all.
    pub async fn check_database(&self) -> Result<Vec<String>> {
        let rows = sqlx::query("PRAGMA quick_check").fetch_all(self.readers()).await?;
        let found = rows.iter().map(|row| row.try_get::<String, _>(0)).collect::<sqlx::Result<Vec<_>>>()?;
        Ok(found.into_iter().filter(|line| line != "ok").collect())
    }

    /// Closes every connection and waits until that is done.
    pub async fn close(self) {
        self.0.readers.close().await;
        self.0.writer.close().await;
    }

    /// A handle on the same database that reads through a connection of its own. The thread that reads first starts that
    /// connection's thread, which inherits its priority. [`Store::leave`] ends it.
    ///
    /// # Errors
    /// When the database's address cannot be used.
    pub fn apart(&self) -> Result<Store> {
        let Inner { path, url, writer, .. } = &*self.0;
        let readers = pool(url, false, 1)?;
        let inner = Inner { path: path.clone(), url: url.clone(), writer: writer.clone(), readers };
        Ok(Store(Arc::new(inner)))
    }

    /// Ends a handle from [`Store::apart`] and waits until its connection is closed; the others go on.
    pub async fn leave(self) {
        self.0.readers.close().await;
    }

    pub(crate) fn readers(&self) -> &AnyPool {
        &self.0.readers
    }

    /// Begins a transaction that may write. It takes the write lock at once: a transaction that began by
    /// reading could not wait for the lock any more.
    pub(crate) async fn begin(&self) -> Result<Transaction<'static, Any>> {
        Ok(self.0.writer.begin_with("BEGIN IMMEDIATE").await?)
    }

    /// A connection outside the pools.
    pub(crate) async fn own_connection(&self) -> Result<AnyConnection> {
        let mut connection = AnyConnection::connect(&self.0.url).await?;
        configure(&mut connection, false).await?;
        Ok(connection)
    }
}

async fn open_in(directory: &Path) -> Result<Store> {
    static DRIVERS: Once = Once::new();
    DRIVERS.call_once(sqlx::any::install_default_drivers);
    let directory = directory.canonicalize().map_err(|source| directory_error(directory, source))?;
    let path = directory.join(FILE);
    let url = url(&path)?;
    let schema_lock = lock_schema(directory.join(SCHEMA_LOCK)).await?;
    make_file(&path).map_err(|source| directory_error(&path, source))?;
    bring_up_to_date(&path, &format!("{url}?mode=rwc")).await?;
    drop(schema_lock);
    let url = format!("{url}?mode=rw");
    let writer = pool(&url, true, 1).map_err(|error| open_error(&path, error))?;
    let readers = pool(&url, false, READERS).map_err(|error| open_error(&path, error))?;
    Ok(Store(Arc::new(Inner { path, url, writer, readers })))
}

/// Makes a directory for this user alone; one that is there keeps its mode.
fn make_directory(directory: &Path) -> io::Result<()> {
    let mut builder = DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(directory)
}

/// Makes an empty file for this user alone where there is none: an empty database to SQLite, which gives its
/// mode to the files beside it. One that is there is never opened here: closing it would let go every lock that
/// SQLite holds on it for this process.
fn make_file(path: &Path) -> io::Result<()> {
    match private().create_new(true).open(path) {
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => Ok(()),
        made => made.map(drop),
    }
}

/// How a file is written that, if it is made, is for this user alone.
fn private() -> OpenOptions {
    let mut options = OpenOptions::new();
    options.write(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options
}

/// Makes the schema. Done on a single connection, because a pool would try again for half a minute before it
/// says that a file is damaged.
async fn bring_up_to_date(path: &Path, url: &str) -> Result<()> {
    let connected = async {
        let mut connection = AnyConnection::connect(url).await?;
        configure(&mut connection, true).await?;
        Ok(connection)
    };
    let mut connection = connected.await.map_err(|error| open_error(path, error))?;
    SCHEMA.run(&mut connection).await.map_err(|error| schema_error(path, error))?;
    Ok(connection.close().await?)
}

/// Connections are made when they are needed first.
fn pool(url: &str, writes: bool, connections: u32) -> sqlx::Result<AnyPool> {
    let options: AnyConnectOptions = url.parse()?;
    let pool = AnyPoolOptions::new()
        .max_connections(connections)
        // A local file neither goes away nor wants its connections renewed.
        .test_before_acquire(false)
        .idle_timeout(None)
        .max_lifetime(None)
        .after_connect(move |connection, _| Box::pin(configure(connection, writes)))
        .connect_lazy_with(options.disable_statement_logging());
    Ok(pool)
}

/// A commit must survive a power cut, hence `synchronous=FULL`.
async fn configure(connection: &mut AnyConnection, writes: bool) -> sqlx::Result<()> {
    let settings: &[&'static str] = if writes {
        &[
            "PRAGMA busy_timeout=5000",
            "PRAGMA journal_mode=WAL",
            "PRAGMA synchronous=FULL",
            "PRAGMA foreign_keys=ON",
            // In KiB: room for the pages of a batch of items, which would be written out in between else.
            "PRAGMA cache_size=-16384",
            // A statement over many rows keeps what it would undo, which is of no use after a crash: not in a file.
            "PRAGMA temp_store=MEMORY",
            // In pages. Pages that every batch changes are copied into the database once for many commits.
            "PRAGMA wal_autocheckpoint=8000",
        ]
    } else {
        &["PRAGMA busy_timeout=5000", "PRAGMA query_only=ON"]
    };
    for setting in settings {
        sqlx::query(*setting).execute(&mut *connection).await?;
    }
    Ok(())
}

/// Waits for the lock on making or changing the schema; it is let go when the file is dropped.
async fn lock_schema(path: PathBuf) -> Result<File> {
    let lock = move || {
        let opened = private().create(true).truncate(false).open(&path);
        let locked = opened.and_then(|file| file.lock().map(|()| file));
        locked.map_err(|source| directory_error(&path, source))
    };
    match tokio::task::spawn_blocking(lock).await {
        Ok(locked) => locked,
        Err(panicked) => Err(Error::Database(Box::new(panicked))),
    }
}

/// The address of a file: the bytes that mean something in an address are percent-encoded.
fn url(path: &Path) -> Result<String> {
    let text = path.to_str().ok_or_else(|| Error::Path { path: path.to_owned() })?;
    let mut url = "sqlite://".to_owned();
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || b"/._-~".contains(&byte) {
            url.push(char::from(byte));
        } else {
            // Writing to a string cannot fail.
            let _ = write!(url, "%{byte:02X}");
        }
    }
    Ok(url)
}

fn directory_error(path: &Path, source: io::Error) -> Error {
    Error::Directory { path: path.to_owned(), source }
}

fn open_error(path: &Path, error: sqlx::Error) -> Error {
    match Error::from(error) {
        Error::Database(source) => Error::Open { path: path.to_owned(), source },
        other => other,
    }
}

fn schema_error(path: &Path, error: MigrateError) -> Error {
    match error {
        MigrateError::VersionMissing(found) => {
            let known = SCHEMA.iter().map(|migration| migration.version).max().unwrap_or(0);
            Error::NewerSchema { path: path.to_owned(), found, known }
        }
        other => Error::Open { path: path.to_owned(), source: Box::new(other) },
    }
}
