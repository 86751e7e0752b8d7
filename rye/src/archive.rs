//! Archives: what is taken out of them stays inside its target.

use std::fs::File;
use std::io::{self, Read, Seek, Write};

use sha2::{Digest as _, Sha256};
use zip::ZipArchive;
use zip::result::ZipError;

use crate::error::Hint;
use crate::fs::hexadecimal;

#[derive(Debug, thiserror::Error)]
pub(crate) enum Error {
    #[error("the archive cannot be read")]
    Zip(#[from] ZipError),
    #[error("the archive holds no `{0}`")]
    Missing(String),
    #[error("an entry of the archive cannot be unpacked")]
    Unpack(#[from] io::Error),
}

impl Hint for Error {
    fn hint(&self) -> Option<String> {
        None
    }
}

/// What was unpacked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Unpacked {
    pub(crate) size: u64,
    pub(crate) sha256: String,
}

/// Unpacks the script `name` of a wheel into a file.
pub(crate) fn unpack_wheel_script(
    wheel: impl Read + Seek,
    name: &str,
    target: &mut File,
) -> Result<Unpacked, Error> {
    let mut archive = ZipArchive::new(wheel)?;
    let suffix = format!(".data/scripts/{name}");
    let names: Vec<_> = archive.file_names().map_while(Result::ok).collect();
    let position = names.iter().position(|entry| entry.ends_with(&suffix));
    let position = position.ok_or_else(|| Error::Missing(name.to_owned()))?;
    drop(names);
    let mut entry = archive.by_index(position)?;
    let mut digest = Sha256::new();
    let mut size = 0;
    let mut buffer = vec![0; 256 * 1024];
    loop {
        let count = entry.read(&mut buffer)?;
        let Some(bytes) = buffer.get(..count).filter(|bytes| !bytes.is_empty()) else { break };
        size += bytes.len() as u64;
        digest.update(bytes);
        target.write_all(bytes)?;
    }
    Ok(Unpacked { size, sha256: hexadecimal(&digest.finalize()) })
}
