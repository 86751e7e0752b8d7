//! Streams: read ahead by a thread of their own, and bounded.

use std::cell::Cell;
use std::io::{self, BufRead, Read, Seek, SeekFrom};
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::thread;

const CHUNK: usize = 64 * 1024;

/// How many chunks are read ahead: a MiB, which covers what a network holds back for a moment
const AHEAD: usize = 16;

/// Lets `consume` read a source that a thread of its own reads ahead, to at most `limit` bytes.
///
/// To `consume` an error of the source looks like its end; then the result is that error, which
/// `failed` makes its own. What `consume` leaves unread stays unread.
pub(super) fn read_ahead<E>(
    source: impl Read + Send,
    limit: u64,
    failed: impl FnOnce(io::Error) -> E,
    consume: impl FnOnce(Chunks) -> Result<(), E>,
) -> Result<(), E> {
    thread::scope(|scope| {
        let (sender, receiver) = sync_channel(AHEAD);
        let reading = scope.spawn(move || pump(source, limit, &sender));
        let consumed = consume(Chunks { receiver, current: Vec::new(), position: 0 });
        // what did not arrive explains what could not be understood
        reading.join().expect("reading does not panic").map_err(failed)?;
        consumed
    })
}

fn pump(mut source: impl Read, limit: u64, chunks: &SyncSender<Vec<u8>>) -> io::Result<()> {
    let mut left = limit;
    loop {
        let mut chunk = Vec::with_capacity(CHUNK);
        source.by_ref().take(CHUNK as u64).read_to_end(&mut chunk)?;
        left = left
            .checked_sub(chunk.len() as u64)
            .ok_or_else(|| io::Error::other(format!("it is longer than {limit} bytes")))?;
        let is_end = chunk.is_empty();
        if is_end || chunks.send(chunk).is_err() {
            return Ok(()); // who reads has enough, and says why
        }
    }
}

/// What a thread reads ahead.
#[derive(Debug)]
pub(super) struct Chunks {
    receiver: Receiver<Vec<u8>>,
    current: Vec<u8>,
    position: usize,
}

impl BufRead for Chunks {
    fn fill_buf(&mut self) -> io::Result<&[u8]> {
        if self.position == self.current.len() {
            // a thread that ended has no more
            self.current = self.receiver.recv().unwrap_or_default();
            self.position = 0;
        }
        Ok(self.current.get(self.position..).unwrap_or_default())
    }

    fn consume(&mut self, count: usize) {
        self.position = self.current.len().min(self.position + count);
    }
}

impl Read for Chunks {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let count = self.fill_buf()?.read(buffer)?;
        self.consume(count);
        Ok(count)
    }
}

/// A reader with an allowance, which its owner renews; to read more is an error.
#[derive(Debug)]
pub(super) struct Bounded<'a, R> {
    inner: R,
    left: &'a Cell<u64>,
}

impl<'a, R> Bounded<'a, R> {
    pub(super) fn new(inner: R, left: &'a Cell<u64>) -> Self {
        Self { inner, left }
    }
}

impl<R: Read> Read for Bounded<'_, R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let count = self.inner.read(buffer)?;
        let left = self.left.get().checked_sub(count as u64);
        let message = "it has far more around its files than their names and attributes take";
        self.left.set(left.ok_or_else(|| io::Error::other(message))?);
        Ok(count)
    }
}

impl<R: Seek> Seek for Bounded<'_, R> {
    fn seek(&mut self, position: SeekFrom) -> io::Result<u64> {
        self.inner.seek(position)
    }
}
