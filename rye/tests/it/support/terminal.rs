//! A terminal on which somebody answers.

use super::TestContext;

/// Starts a program on a terminal of its own, and types each answer when its question is there.
///
/// What is typed at once may be lost: where it is not to be shown, the echo ends after the question.
const TYPIST: &str = "
import os, pty, signal, sys, time

signal.alarm(60)
count = 2 * int(sys.argv[1])
words, command = sys.argv[2:2 + count], sys.argv[2 + count:]
pid, fd = pty.fork()
if pid == 0:
    os.execv(command[0], command)
shown, start = b'', 0
while True:
    try:
        part = os.read(fd, 1000)
    except OSError:
        break
    if not part:
        break
    shown += part
    if words and words[0].encode() in shown[start:]:
        start = len(shown)
        time.sleep(0.5)
        os.write(fd, words[1].encode())
        words = words[2:]
status = os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])
print(shown.decode().replace('\\r', '') + f'exit: {status}')
";

impl TestContext {
    /// Runs rye on a terminal, where somebody types the second of each pair when the first is there to be read; returns
    /// what the terminal showed, and the status.
    pub(crate) fn on_a_terminal(&self, args: &[&str], answers: &[(&str, &str)]) -> String {
        let count = answers.len().to_string();
        let words = answers.iter().flat_map(|(question, answer)| [*question, *answer]);
        let rye = env!("CARGO_BIN_EXE_rye");
        let command = ["-c", TYPIST, &count].into_iter().chain(words).chain([rye]);
        let args = command.chain(args.iter().copied());
        self.program(&self.python().path, args).succeed().stdout
    }
}
