//! Names of earlier versions, which study files and journals may still use.

use std::collections::BTreeMap;

use super::lines::line_of;

/// A name that an earlier version used.
struct Renamed {
    /// Section and key of the study file now; an empty key stands for the section itself.
    now: (&'static str, &'static str),
    /// The same in an earlier version.
    before: (&'static str, &'static str),
    /// The setting of a journal's header, now and before.
    setting: (&'static str, &'static str),
}

const RENAMED: [Renamed; 2] = [
    Renamed { now: ("transfer", ""), before: ("experience", ""), setting: ("transfer.studies", "experience.studies") },
    Renamed {
        now: ("method", "early_signal_check"),
        before: ("method", "fallback"),
        setting: ("method.early_signal_check", "method.fallback"),
    },
];

/// The old names that a study file uses.
#[derive(Clone, Debug, Default)]
pub struct OldNames {
    /// Index in [`RENAMED`] and line.
    used: Vec<(usize, usize)>,
}

impl OldNames {
    /// The old names in the text of a study file. A text that is not TOML has none.
    pub(crate) fn of(text: &str) -> Self {
        let table: toml::Table = toml::from_str(text).unwrap_or_default();
        let line = |(section, key): (&str, &str)| {
            let value = table.get(section)?;
            if key.is_empty() {
                let inline = line_of(text, "", section);
                return Some(line_of(text, section, "").max(inline));
            }
            value.get(key).map(|_| line_of(text, section, key))
        };
        let used = RENAMED.iter().enumerate().filter_map(|(i, r)| Some((i, line(r.before)?)));
        Self { used: used.collect() }
    }

    /// One notice per old name, with its line.
    pub fn notices(&self, path: &std::path::Path) -> Vec<String> {
        let word = |(section, key): (&str, &str)| {
            if key.is_empty() { format!("[{section}]") } else { format!("\"{key}\"") }
        };
        let notice = |&(i, line): &(usize, usize)| {
            let (before, now) = (word(RENAMED[i].before), word(RENAMED[i].now));
            format!("{}:{line}: {before} is now called {now}; the old name still works", path.display())
        };
        self.used.iter().map(notice).collect()
    }

    /// Settings under the names that the study file uses: a study file of an earlier version keeps writing the same journal.
    pub(crate) fn settings(&self, settings: BTreeMap<String, String>) -> BTreeMap<String, String> {
        let name = |key: String| {
            let old = self.used.iter().map(|&(i, _)| RENAMED[i].setting).find(|(now, _)| *now == key);
            old.map_or(key, |(_, before)| before.to_owned())
        };
        settings.into_iter().map(|(key, value)| (name(key), value)).collect()
    }
}

/// The section that a text uses for `section`: the old one where only that is there.
pub(super) fn written<'a>(text: &str, section: &'a str, key: &'a str) -> (&'a str, &'a str) {
    let old = OldNames::of(text);
    for (i, _) in old.used {
        let Renamed { now, before, .. } = RENAMED[i];
        if now == (section, key) {
            return before;
        }
        if now == (section, "") {
            return (before.0, key);
        }
    }
    (section, key)
}

/// Whether a name belongs to an earlier version; messages do not suggest it.
pub(super) fn is_old(name: &str) -> bool {
    RENAMED.iter().any(|r| name == if r.before.1.is_empty() { r.before.0 } else { r.before.1 })
}

/// Settings under their present names, for comparison.
pub(crate) fn normalised(settings: &BTreeMap<String, String>) -> BTreeMap<String, String> {
    let name = |key: &String| {
        let now = RENAMED.iter().map(|r| r.setting).find(|(_, before)| before == key);
        now.map_or_else(|| key.clone(), |(now, _)| now.to_owned())
    };
    settings.iter().map(|(key, value)| (name(key), value.clone())).collect()
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::*;

    #[test]
    fn old_names_are_found_with_their_lines() {
        let text = "seed = 1\n[method]\nfallback = true\n[experience]\nstudies = []\n";
        let old = OldNames::of(text);
        assert_eq!(
            old.notices(Path::new("s.toml")),
            [
                "s.toml:4: [experience] is now called [transfer]; the old name still works",
                "s.toml:3: \"fallback\" is now called \"early_signal_check\"; the old name still works"
            ]
        );
        assert_eq!(written(text, "transfer", "studies"), ("experience", "studies"));
        let now = BTreeMap::from([("transfer.studies".to_owned(), "a".to_owned())]);
        assert_eq!(normalised(&old.settings(now.clone())), now);
        assert!(OldNames::of("[method]\nearly_signal_check = true\n[transfer]\nstudies = []\n").used.is_empty());
        assert_eq!(OldNames::of("seed = 1\nexperience = { studies = [] }\n").used, [(0, 2)]);
    }
}
