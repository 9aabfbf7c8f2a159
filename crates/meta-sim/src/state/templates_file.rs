//! The file that keeps the templates of the sample account while the simulator is not running, as Meta keeps them.

use std::fs;
use std::io;
use std::path::Path;

use super::account::Template;
use super::accounts::Waba;

/// The templates in the file; `None` when there is none yet.
///
/// # Errors
/// When it cannot be read, or holds something else.
pub fn read(path: &Path) -> io::Result<Option<Vec<Template>>> {
    match fs::read(path) {
        Ok(text) => Ok(Some(serde_json::from_slice(&text)?)),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(error),
    }
}

/// Replaces the file as a whole, so that it is complete whenever the process is killed.
pub(super) fn write(path: &Path, waba: &Waba) -> io::Result<()> {
    let templates: Vec<&Template> = waba.templates.iter().map(|its| &its.facts).collect();
    let unfinished = path.with_extension("new");
    fs::write(&unfinished, serde_json::to_vec(&templates)?)?;
    fs::rename(unfinished, path)
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::super::accounts::Accounts;
    use super::*;

    #[test]
    fn what_is_written_is_read_again() {
        let path = std::env::temp_dir().join(format!("meta-sim-templates-{}", std::process::id()));
        assert!(read(&path).unwrap().is_none());
        let mut accounts = Accounts::default();
        let template = Template {
            name: "offre".to_owned(),
            ..Template::default()
        };
        let stored = accounts.put_template("1", template);
        write(&path, &Arc::clone(&accounts.wabas["1"])).unwrap();
        let again = read(&path).unwrap().unwrap();
        fs::remove_file(&path).unwrap();
        assert_eq!(again.len(), 1);
        assert_eq!((&*again[0].name, &again[0].id), ("offre", &stored.facts.id));
    }
}
