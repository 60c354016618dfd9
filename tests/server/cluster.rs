//! A PostgreSQL server of the tests' own, from Debian's package, on a socket in a folder of its own.

use lantern::fingerprint::Sha256;
use lantern::store::{PostgresSettings, Store};
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::{LazyLock, Mutex, mpsc};
use std::time::{Duration, Instant};

/// The one that all tests share.
static SHARED: LazyLock<Cluster> = LazyLock::new(|| Cluster::start(&[]));

/// Where tests should keep their history: `postgres` instead of a file.
pub fn is_chosen() -> bool {
    std::env::var_os("LANTERN_STORE").is_some_and(|store| store == "postgres")
}

/// The database of a test's folder, made when it is first asked for.
pub fn of_folder(folder: &Path) -> Store {
    let address = SHARED.database(&name_of(folder));
    Store::connect(&PostgresSettings::new(&address, None, None).unwrap()).unwrap()
}

fn name_of(folder: &Path) -> String {
    format!("t{}", &Sha256::of(folder.as_os_str().as_encoded_bytes()).to_string()[..16])
}

/// All of a test's database as text.
pub fn dump(folder: &Path) -> String {
    let mut dump = Command::new(program("pg_dump"));
    dump.args(["-U", "lantern", "-h"]).arg(&SHARED.folder).args(["-p", &SHARED.port.to_string()]);
    let dumped = dump.arg(name_of(folder)).output().unwrap();
    assert!(dumped.status.success());
    String::from_utf8(dumped.stdout).unwrap()
}

/// An empty database.
pub fn fresh(name: &str) -> String {
    SHARED.database(name)
}

/// A server. It ends with the test program, however that ends.
pub struct Cluster {
    folder: PathBuf,
    port: u16,
    child: Mutex<Option<Child>>,
    settings: Vec<String>,
}

impl Cluster {
    /// With more settings than it needs.
    pub fn start(settings: &[&str]) -> Self {
        let ours = std::env::temp_dir().join("lantern-postgres");
        fs::create_dir_all(&ours).unwrap();
        remove_old(&ours);
        let port = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
        let folder = ours.join(format!("{}-{port}", std::process::id()));
        fs::create_dir(&folder).unwrap();
        if is_root() {
            let owned = Command::new("chown").arg("postgres").args([&ours, &folder]).status().unwrap();
            assert!(owned.success());
        }
        let data = folder.join("data");
        let mut make = as_user(&program("initdb"));
        make.args(["--auth=trust", "--username=lantern", "--encoding=UTF8", "--locale=C.UTF-8", "--no-sync"]);
        let made = make.arg("-D").arg(&data).output().unwrap();
        assert!(made.status.success(), "{}", String::from_utf8_lossy(&made.stderr));
        let settings = settings.iter().map(|setting| setting.to_string()).collect();
        let cluster = Self { folder, port, child: Mutex::default(), settings };
        cluster.run();
        cluster
    }

    /// Starts the server, and waits until it answers.
    pub fn run(&self) {
        let mut command = as_user(&program("postgres"));
        command.arg("-D").arg(self.folder.join("data")).arg("-k").arg(&self.folder);
        command.args(["-p", &self.port.to_string(), "-h", "127.0.0.1"]);
        // A machine that loses its power is not tried here.
        for setting in ["fsync=off", "max_connections=400", "shared_buffers=32MB"]
            .into_iter()
            .chain(self.settings.iter().map(String::as_str))
        {
            command.args(["-c", setting]);
        }
        command.stdout(Stdio::null()).stderr(fs::File::create(self.folder.join("log")).unwrap());
        // The server gets a signal when the thread that started it ends: one that never does.
        let (tell, told) = mpsc::channel();
        std::thread::spawn(move || {
            tell.send(command.spawn()).unwrap();
            loop {
                std::thread::park();
            }
        });
        *self.child.lock().unwrap() = Some(told.recv().unwrap().unwrap());
        let began = Instant::now();
        while !self.answers() {
            let log = || fs::read_to_string(self.folder.join("log")).unwrap_or_default();
            assert!(began.elapsed() < Duration::from_secs(60), "{}", log());
            std::thread::sleep(Duration::from_millis(50));
        }
    }

    fn answers(&self) -> bool {
        let mut ask = Command::new(program("pg_isready"));
        ask.arg("-h").arg(&self.folder).args(["-p", &self.port.to_string(), "-q"]).status().unwrap().success()
    }

    /// Ends the server, at once: as a crash does.
    pub fn kill(&self) {
        let mut stop = as_user(&program("pg_ctl"));
        let stopped =
            stop.args(["stop", "-m", "immediate", "-D"]).arg(self.folder.join("data")).output().unwrap();
        assert!(stopped.status.success(), "{}", String::from_utf8_lossy(&stopped.stderr));
        self.child.lock().unwrap().take().unwrap().wait().unwrap();
    }

    /// The address of a database on the socket, which is made unless it is there.
    pub fn database(&self, name: &str) -> String {
        if self.ask("postgres", &format!("SELECT 1 FROM pg_database WHERE datname = '{name}'")).is_empty() {
            self.ask("postgres", &format!("CREATE DATABASE {name}"));
        }
        let folder = self.folder.to_str().unwrap().replace('/', "%2F");
        format!("postgres://lantern@{folder}:{}/{name}", self.port)
    }

    /// The address of a database over the network.
    pub fn over_network(&self, name: &str, host: &str) -> String {
        self.database(name);
        format!("postgres://lantern@{host}:{}/{name}", self.port)
    }

    /// Puts a file where the server can read it, and nobody else.
    pub fn put(&self, name: &str, text: &str) {
        use std::os::unix::fs::PermissionsExt;
        let path = self.folder.join("data").join(name);
        fs::write(&path, text).unwrap();
        fs::set_permissions(&path, fs::Permissions::from_mode(0o600)).unwrap();
        if is_root() {
            assert!(Command::new("chown").arg("postgres").arg(&path).status().unwrap().success());
        }
    }

    /// Asks with PostgreSQL's own client, as an administrator does.
    pub fn ask(&self, database: &str, question: &str) -> String {
        let mut ask = Command::new(program("psql"));
        ask.args(["-X", "-q", "-t", "-A", "-v", "ON_ERROR_STOP=1", "-U", "lantern", "-h"]).arg(&self.folder);
        ask.args(["-p", &self.port.to_string(), "-d", database, "-c", question]);
        let answer = ask.output().unwrap();
        assert!(answer.status.success(), "{}", String::from_utf8_lossy(&answer.stderr));
        String::from_utf8(answer.stdout).unwrap().trim().to_string()
    }
}

/// The shared server, asked as an administrator.
pub fn ask(database: &str, question: &str) -> String {
    SHARED.ask(database, question)
}

/// One of PostgreSQL's programs, in its newest version here.
fn program(name: &str) -> PathBuf {
    let versions = fs::read_dir("/usr/lib/postgresql").map(|all| all.map(|one| one.unwrap().path()));
    let found = versions.into_iter().flatten().map(|version| version.join("bin").join(name));
    found.filter(|path| path.exists()).max().unwrap_or_else(|| name.into())
}

/// A command that does not run as root, which PostgreSQL refuses, and ends with who started it.
fn as_user(program: &Path) -> Command {
    let mut command = Command::new("setpriv");
    if is_root() {
        command.args(["--reuid=postgres", "--regid=postgres", "--clear-groups"]);
    }
    command.args(["--pdeathsig", "INT"]).arg(program).current_dir("/");
    command
}

fn is_root() -> bool {
    use std::os::unix::fs::MetadataExt;
    fs::metadata("/proc/self").unwrap().uid() == 0
}

/// Removes what earlier test programs left.
fn remove_old(ours: &Path) {
    for folder in fs::read_dir(ours).unwrap().map(|one| one.unwrap().path()) {
        let name = folder.file_name().unwrap().to_string_lossy().to_string();
        let is_running = name.split('-').next().is_some_and(|id| Path::new("/proc").join(id).exists());
        if !is_running {
            fs::remove_dir_all(folder).ok();
        }
    }
}
