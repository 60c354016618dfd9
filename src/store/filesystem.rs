//! File systems on which SQLite loses data.

use super::Error;
use std::path::{Path, PathBuf};

/// Kinds of file systems of other machines. SQLite's log needs memory that all its users share, and locks that work; on
/// these it has neither (sqlite.org/wal.html, "Disadvantages").
const REMOTE: [&str; 16] = [
    "9p",
    "afs",
    "ceph",
    "cifs",
    "davfs",
    "fuse.davfs",
    "fuse.glusterfs",
    "fuse.rclone",
    "fuse.s3fs",
    "fuse.sshfs",
    "gfs2",
    "lustre",
    "ncpfs",
    "nfs",
    "nfs4",
    "smb3",
];

/// Where Linux lists what is mounted, with its kind. Unlike the numbers of `statfs`, the kinds tell sshfs from a local
/// disk that is mounted through FUSE.
const MOUNTS: &str = "/proc/self/mountinfo";

/// Fails if `folder` lies on a file system of another machine. On other systems than Linux it cannot be told.
pub(super) fn check(folder: &Path) -> Result<(), Error> {
    let (Ok(mounts), Ok(folder)) = (std::fs::read_to_string(MOUNTS), folder.canonicalize()) else {
        return Ok(());
    };
    match kind(&mounts, &folder) {
        Some(kind) if REMOTE.contains(&kind) => {
            Err(Error::Remote { folder: folder.display().to_string(), kind: kind.into() })
        }
        _ => Ok(()),
    }
}

/// The kind of the file system that holds `folder` (proc(5), `/proc/pid/mountinfo`).
fn kind<'a>(mounts: &'a str, folder: &Path) -> Option<&'a str> {
    let mount = |line: &'a str| {
        let (before, after) = line.split_once(" - ")?;
        let point = PathBuf::from(unescaped(before.split(' ').nth(4)?));
        folder.starts_with(&point).then(|| (point.components().count(), after.split(' ').next()))
    };
    // Of two mounts at one place, the later one is seen.
    mounts.lines().filter_map(mount).max_by_key(|(depth, _)| *depth).and_then(|(_, kind)| kind)
}

/// A path with its octal escapes replaced: `\040` is a space.
fn unescaped(text: &str) -> String {
    let escapes = [("\\040", " "), ("\\011", "\t"), ("\\012", "\n"), ("\\134", "\\")];
    escapes.iter().fold(text.to_string(), |text, (escape, letter)| text.replace(escape, letter))
}

#[cfg(test)]
mod tests {
    use super::*;

    const LISTED: &str = "22 1 8:1 / / rw,relatime shared:1 - ext4 /dev/sda1 rw
40 22 0:35 / /mnt/practice\\040data rw shared:2 - nfs4 nas:/share rw,vers=4.2
41 22 0:36 / /mnt rw - tmpfs tmpfs rw
42 22 0:37 / /home/mora/far rw - fuse.sshfs mora@far: rw
43 22 0:38 / /home/mora/stick rw - fuseblk /dev/sdb1 rw
44 40 0:39 / /mnt/practice\\040data rw - ext4 /dev/sdc1 rw
45 22 0:40 / /srv rw - cifs //nas/srv rw";

    #[test]
    fn the_deepest_and_last_mount_tells_the_kind() {
        let kind = |folder: &str| kind(LISTED, Path::new(folder)).unwrap();
        for (folder, expected) in [
            ("/var/lib", "ext4"),
            ("/mnt", "tmpfs"),
            ("/mnt/practice data/history", "ext4"),
            ("/home/mora/far/away", "fuse.sshfs"),
            ("/home/mora/farther", "ext4"),
            ("/home/mora/stick", "fuseblk"),
            ("/srv/lantern", "cifs"),
        ] {
            assert_eq!(kind(folder), expected, "{folder}");
        }
        assert!(check(&std::env::temp_dir()).is_ok());
    }
}
