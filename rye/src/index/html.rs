//! Pages of links, as the Simple API has them in its older form (PEP 503).

use std::ops::Range;

use url::Url;

/// A link to a file.
#[derive(Debug)]
pub(super) struct Link<'a> {
    /// The tag with its attributes, between the brackets
    tag: &'a str,
    /// Where in the tag the value of its `href` is
    href: Range<usize>,
    pub(super) url: Url,
}

impl Link<'_> {
    /// Returns the last part of the path, which is the name of the file.
    pub(super) fn file_name(&self) -> &str {
        self.url.path().rsplit('/').next().unwrap_or_default()
    }

    /// Returns the link with another URL; its other attributes say when a file is to be taken.
    pub(super) fn with_url(&self, url: &str) -> String {
        let (before, after) = (&self.tag[..self.href.start], &self.tag[self.href.end..]);
        format!("<{before}{}{after}>{}</a>\n", escaped(url), self.file_name())
    }
}

/// Returns a link to a file, with what else its tag says.
pub(super) fn link(
    file_name: &str,
    url: &str,
    attributes: impl IntoIterator<Item = (&'static str, String)>,
) -> String {
    let attributes = attributes.into_iter();
    let attributes = attributes.map(|(name, value)| format!(" {name}=\"{}\"", escaped(&value)));
    let attributes = attributes.collect::<String>();
    format!("<a href=\"{}\"{attributes}>{}</a>\n", escaped(url), escaped(file_name))
}

/// Returns the links of a page; relative ones start from its URL, or from where its `base` says.
pub(super) fn links<'a>(page: &'a str, url: &Url) -> Vec<Link<'a>> {
    let mut base = url.clone();
    let mut links = Vec::new();
    let mut rest = page;
    while let Some((_, after)) = rest.split_once('<') {
        let (tag, after) = after.split_at(end_of_tag(after));
        rest = after;
        let name = tag.split(|part: char| part.is_ascii_whitespace()).next().unwrap_or_default();
        let Some(href) = attribute(tag, "href") else { continue };
        let Ok(target) = base.join(&unescaped(&tag[href.clone()])) else { continue };
        if name.eq_ignore_ascii_case("a") {
            links.push(Link { tag, href, url: target });
        } else if name.eq_ignore_ascii_case("base") {
            base = target;
        }
    }
    links
}

/// Returns where the bracket is that closes a tag: one within quotes is none.
fn end_of_tag(text: &str) -> usize {
    let mut quote = None;
    let end = text.find(|part| match (quote, part) {
        (None, '>') => true,
        (None, '"' | '\'') => {
            quote = Some(part);
            false
        }
        (Some(open), _) if open == part => {
            quote = None;
            false
        }
        _ => false,
    });
    end.unwrap_or(text.len())
}

/// Returns where in a tag the value of an attribute in quotes is.
fn attribute(tag: &str, name: &str) -> Option<Range<usize>> {
    let mut start = 0;
    loop {
        let equals = start + tag[start..].find('=')?;
        let key = tag[start..equals].trim_end();
        let key = key.rsplit(|part: char| part.is_ascii_whitespace()).next().unwrap_or_default();
        let after = tag[equals + 1..].trim_start();
        start = tag.len() - after.len();
        let Some(quote) = after.chars().next().filter(|quote| matches!(quote, '"' | '\'')) else {
            continue;
        };
        let value = start + 1..start + 1 + after[1..].find(quote)?;
        if key.eq_ignore_ascii_case(name) {
            return Some(value);
        }
        start = value.end + 1;
    }
}

fn unescaped(text: &str) -> String {
    let text = text.replace("&lt;", "<").replace("&gt;", ">").replace("&quot;", "\"");
    text.replace("&#x27;", "'").replace("&#39;", "'").replace("&amp;", "&")
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;")
        .replace('<', "&lt;")
        .replace('>', "&gt;")
        .replace('"', "&quot;")
        .replace('\'', "&#39;")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(page: &str) -> Vec<(String, String)> {
        let url = Url::parse("https://index.invalid/simple/x/").unwrap();
        let links = links(page, &url).into_iter();
        links.map(|link| (link.file_name().to_owned(), link.url.to_string())).collect()
    }

    #[test]
    fn links_are_found_in_all_their_forms() {
        let page = r#"<a href="../x/other-1.whl#sha256=00">other-1.whl</a>
            <A HREF='no'>no</A><a data-requires-python="&gt;=3.9 > <" class="x" href = '/files/uv-1.whl?a=1&amp;b=2#sha256=11'>uv</a>
            <abbr href="wrong">x</abbr><a name=x href="last">"#;
        let expected = [
            ("other-1.whl", "https://index.invalid/simple/x/other-1.whl#sha256=00"),
            ("no", "https://index.invalid/simple/x/no"),
            ("uv-1.whl", "https://index.invalid/files/uv-1.whl?a=1&b=2#sha256=11"),
            ("last", "https://index.invalid/simple/x/last"),
        ];
        let expected = expected.map(|(name, url)| (name.to_owned(), url.to_owned()));
        assert_eq!(found(page), expected);
        assert_eq!(found("<a href=\"unfinished"), []);
    }

    #[test]
    fn a_base_moves_what_is_relative() {
        let page = "<base href='https://files.invalid/x/'><a href='a-1.whl'>a</a>";
        assert_eq!(found(page)[0].1, "https://files.invalid/x/a-1.whl");
    }

    #[test]
    fn a_link_keeps_its_attributes() {
        let url = Url::parse("https://index.invalid/").unwrap();
        let page =
            "<a data-yanked=\"\" href='a-1.whl#sha256=00' data-requires-python=\"&gt;=3\">a</a>";
        let links = links(page, &url);
        assert_eq!(
            links[0].with_url("https://me:x&y@index.invalid/a-1.whl#sha256=00"),
            "<a data-yanked=\"\" href='https://me:x&amp;y@index.invalid/a-1.whl#sha256=00' \
             data-requires-python=\"&gt;=3\">a-1.whl</a>\n"
        );
    }
}
