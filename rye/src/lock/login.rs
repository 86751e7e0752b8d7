//! Credentials in the URLs of direct references: a manifest may have them, a lockfile never does.

use std::ops::Range;

use crate::lock::Lockfile;
use crate::packaging::Requirement;
use crate::workspace::Workspace;

/// Returns where the credentials are in the first URL of the web in a text, the `@` behind them included. A
/// variable in their place is none.
fn find(text: &str) -> Option<Range<usize>> {
    let mut searched = 0;
    while let Some(found) = text[searched..].find("://") {
        let (scheme, start) = (&text[..searched + found], searched + found + "://".len());
        // the account of SSH is no secret, and needed
        let is_web = scheme.ends_with("http") || scheme.ends_with("https");
        let end = text[start..].find(is_end).map_or(text.len(), |end| start + end);
        let authority = &text[start..end];
        if let Some(login) = authority.rfind('@').filter(|_| is_web && !authority.contains("${")) {
            return Some(start..start + login + 1);
        }
        searched = start;
    }
    None
}

/// Tells whether the host of a URL ends before a character.
fn is_end(part: char) -> bool {
    part.is_whitespace() || matches!(part, '/' | '?' | '#' | '"' | '\'')
}

/// Returns a text whose URLs have no credentials.
pub(crate) fn without(text: &str) -> String {
    let mut text = text.to_owned();
    while let Some(range) = find(&text) {
        text.replace_range(range, "");
    }
    text
}

/// Puts the credentials that manifests have into what is locked at the same host, for the engine to use.
pub(crate) fn restore(workspace: &Workspace, lockfile: &mut Lockfile) {
    for entry in lockfile.entries.iter_mut().filter(|entry| entry.requirement.contains("://")) {
        let Some(name) = entry.name() else { continue };
        let lists = workspace.members().flat_map(|member| member.manifest().lists());
        let texts = lists.flat_map(|(_, texts)| texts);
        let known = texts.filter(|text| {
            text.contains("://")
                && text.parse::<Requirement>().is_ok_and(|requirement| requirement.name == name)
        });
        for text in known {
            // as it is printed, with one space on either side
            let Ok(requirement) = text.parse::<Requirement>() else { continue };
            let text = requirement.to_string();
            let Some(range) = find(&text) else { continue };
            let host = text[range.end..].split(is_end).next().unwrap_or_default();
            let place = format!("://{host}");
            let with = format!("://{}{host}", &text[range.clone()]);
            entry.requirement = entry.requirement.replacen(&place, &with, 1);
            break;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn credentials_are_removed() {
        #[track_caller]
        fn check(requirement: &str, expected: &str) {
            assert_eq!(without(requirement), expected);
        }
        check("a @ https://me:pw@host/a.whl", "a @ https://host/a.whl");
        check(
            "a @ git+https://token@host/a@1 ; os_name == 'nt'",
            "a @ git+https://host/a@1 ; os_name == 'nt'",
        );
        check("a @ https://${TOKEN}@host/a.whl", "a @ https://${TOKEN}@host/a.whl");
        check("a @ git+ssh://git@host/a", "a @ git+ssh://git@host/a");
        check("a @ https://host/a@1.whl", "a @ https://host/a@1.whl");
        check("a==1", "a==1");
        check("x = \"http://a:b@c/d\", y = 'https://e@f'", "x = \"http://c/d\", y = 'https://f'");
    }
}
