//! What `rye help` prints, taken apart and put together as a page.

use std::fmt::Write as _;

/// What rye says about one command.
#[derive(Debug)]
pub(super) struct Help {
    /// The words of the command without `rye`
    pub(super) path: Vec<String>,
    about: Vec<String>,
    usage: Vec<String>,
    sections: Vec<Section>,
    /// What stands between or below the sections
    notes: Vec<String>,
}

#[derive(Debug)]
struct Section {
    title: String,
    entries: Vec<Entry>,
}

/// An argument, an option or a command with what is said about it.
#[derive(Debug)]
struct Entry {
    name: String,
    paragraphs: Vec<String>,
}

const COMMANDS: &str = "Commands";

impl Help {
    /// Takes apart what was printed without a limit of the width.
    pub(super) fn parse(path: &[String], text: &str) -> Self {
        let (about, rest) = text.split_once("Usage: ").expect("help has a usage");
        let (usage, rest) = rest.split_once("\n\n").unwrap_or((rest, ""));
        let (mut sections, mut notes) = (Vec::<Section>::new(), Vec::new());
        for line in rest.lines().filter(|line| !line.trim().is_empty()) {
            if let Some(title) = line.strip_suffix(':').filter(|line| !line.starts_with(' ')) {
                sections.push(Section { title: title.to_owned(), entries: Vec::new() });
                continue;
            }
            let bare = line.trim_start();
            let Some(section) = sections.last_mut().filter(|_| line.starts_with(' ')) else {
                notes.push(line.to_owned());
                continue;
            };
            // names are in the second column, or the sixth where one has no short form
            if line.len() - bare.len() < 10 {
                let (name, about) = bare.split_once("  ").unwrap_or((bare, ""));
                section.entries.push(Entry { name: name.to_owned(), paragraphs: Vec::new() });
                if about.is_empty() {
                    continue;
                }
                section.push(about.trim_start());
            } else {
                section.push(bare);
            }
        }
        for section in &mut sections {
            // what every command has
            section.entries.retain(|entry| !matches!(&*entry.name, "help" | "-h, --help"));
        }
        sections.retain(|section| !section.entries.is_empty());
        let lines = |text: &str| text.lines().map(|line| line.trim().to_owned()).collect();
        let (about, usage) = (lines(about.trim_end()), lines(usage));
        Self { path: path.to_vec(), about, usage, sections, notes }
    }

    /// Returns the names of the commands below this one, in their order.
    pub(super) fn commands(&self) -> Vec<String> {
        let entries = self.section(COMMANDS).into_iter().flat_map(|section| &section.entries);
        entries.map(|entry| entry.name.clone()).collect()
    }

    /// Returns the names of all that is explained.
    pub(super) fn names(&self) -> impl Iterator<Item = &str> {
        self.sections.iter().flat_map(|section| &section.entries).map(|entry| &*entry.name)
    }

    fn section(&self, title: &str) -> Option<&Section> {
        self.sections.iter().find(|section| section.title == title)
    }

    fn name(&self) -> String {
        ["rye"]
            .into_iter()
            .chain(self.path.iter().map(String::as_str))
            .collect::<Vec<_>>()
            .join(" ")
    }

    /// Returns what is said about this command. What `rye` itself says about an option is not said again.
    pub(super) fn page(&self, root: &Self) -> String {
        let level = "#".repeat(self.path.len());
        let mut page = format!("{level} {}\n\n", self.name());
        for line in &self.about {
            page.push_str(&escaped(line));
            page.push('\n');
        }
        page.push_str("\n```text\n");
        for line in &self.usage {
            page.push_str(line);
            page.push('\n');
        }
        page.push_str("```\n");
        let known = root.sections.iter().flat_map(|section| &section.entries);
        let known: Vec<_> = known.map(Entry::item).collect(); // however it was laid out
        for section in &self.sections {
            let is_new =
                |entry: &&Entry| section.title == COMMANDS || !known.contains(&entry.item());
            let mut entries = section.entries.iter().filter(is_new).peekable();
            if entries.peek().is_none() {
                continue;
            }
            write!(page, "\n{level}# {}\n\n", section.title).unwrap();
            for entry in entries {
                if section.title == COMMANDS {
                    let anchor = [&*self.name(), &entry.name].join(" ").replace(' ', "-");
                    let about = entry.paragraphs.join(" ");
                    let line = format!("- [`{}`](#{anchor}): {}\n", entry.name, escaped(&about));
                    page.push_str(&line);
                } else {
                    page.push_str(&entry.item());
                }
            }
        }
        for note in &self.notes {
            write!(page, "\n{}\n", escaped(note)).unwrap();
        }
        page
    }
}

impl Section {
    fn push(&mut self, paragraph: &str) {
        let entry = self.entries.last_mut().expect("a paragraph is about something");
        entry.paragraphs.push(paragraph.to_owned());
    }
}

impl Entry {
    /// Returns the entry as an item of a list.
    fn item(&self) -> String {
        let colon = if self.paragraphs.is_empty() { "" } else { ": " };
        let mut item = format!("- `{}`{colon}", self.name);
        let mut values = String::new();
        let mut sentences = Vec::new();
        for paragraph in &self.paragraphs {
            if let Some(value) = paragraph.strip_prefix("- ") {
                let (name, about) = value.split_once(':').unwrap_or((value, ""));
                let about = if about.is_empty() {
                    String::new()
                } else {
                    format!(": {}", escaped(about.trim_start()))
                };
                writeln!(values, "    - `{name}`{about}").unwrap();
            } else {
                sentences.push(noted(paragraph));
            }
        }
        item.push_str(&sentences.join("; "));
        item.push('\n');
        item + &values
    }
}

/// Returns a paragraph with the notes at its end, or that it is, as words.
fn noted(paragraph: &str) -> String {
    let mut text = escaped(paragraph);
    for note in ["default", "possible values", "alias", "aliases", "env"] {
        let Some((before, rest)) = text.split_once(&format!("[{note}: ")) else { continue };
        let Some((values, after)) = rest.split_once(']') else { continue };
        let code = |value: &str| {
            if value.contains(' ') { value.to_owned() } else { format!("`{value}`") }
        };
        let values = values.split(", ").map(code).collect::<Vec<_>>();
        let separator = if before.is_empty() { "" } else { "; " };
        text = format!("{}{separator}{note}: {}{after}", before.trim_end(), values.join(", "));
    }
    if text == "Possible values:" { "one of".to_owned() } else { text }
}

/// Returns a text in which nothing but code between backticks means something to Markdown.
fn escaped(text: &str) -> String {
    let parts = text.split('`').enumerate().map(|(index, part)| {
        if index % 2 == 1 { format!("`{part}`") } else { part.replace('<', "&lt;") }
    });
    parts.collect()
}

/// Returns the page that lists all commands, with what `rye` itself takes.
pub(super) fn index(root: &Help, commands: &[Help]) -> String {
    let mut page = "# Commands\n\nThis is what `rye help` says, a page a command. `rye help COMMAND` or `rye COMMAND \
                    --help` says it too, and `-h` in few words.\n\n| command | what it does |\n| --- | --- |\n"
        .to_owned();
    for help in commands {
        let anchor = match help.path.as_slice() {
            [_] => String::new(),
            _ => format!("#{}", help.name().replace(' ', "-")),
        };
        let about = escaped(&help.about[0]).replace('|', "\\|");
        let link = format!("commands/{}.md{anchor}", help.path[0]);
        writeln!(page, "| [`{}`]({link}) | {about} |", help.name()).unwrap();
    }
    let options = root.sections.iter().filter(|section| section.title != COMMANDS);
    for section in options {
        let title = if section.title == "Options" { "Options of `rye`" } else { &section.title };
        write!(page, "\n## {title}\n\n").unwrap();
        for entry in &section.entries {
            page.push_str(&entry.item());
        }
    }
    page
}
