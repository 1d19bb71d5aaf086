//! Which database server a project's migrations run on.

use luthier_source::FileId;

use crate::Project;
use crate::apps::Configured;
use crate::django::operations::{Database, Engine, Release};
use crate::facts::FileFacts;

impl Project {
    /// The server that migrations are judged by: PostgreSQL, which most projects run on, where
    /// nothing tells.
    pub fn server(&self) -> Database {
        self.database.unwrap_or(Database {
            engine: Engine::PostgreSql,
            release: None,
        })
    }
}

/// What is known of the server: the user's word, else the backend of the default database, with the
/// release of the image that a compose file starts. `None` where nothing tells.
pub(crate) fn database(
    told: Option<Database>,
    configured: &Configured,
    files: &[FileFacts],
    own_files: &[FileId],
) -> Option<Database> {
    if told.is_some() {
        return told;
    }
    let vendor = configured.vendor();
    let vendor = vendor.as_str()?;
    let composed = || {
        let own = own_files.iter();
        own.filter_map(|file| match &files[file.0 as usize] {
            FileFacts::Compose(compose) => Some(&compose.services),
            _ => None,
        })
        .flatten()
        .filter_map(|service| of_image(&service.image.as_ref()?.text))
    };
    let engine = match vendor {
        "postgresql" => Engine::PostgreSql,
        "sqlite" => Engine::Sqlite,
        // Django's backend is one for both.
        "mysql" if composed().any(|found| found.engine == Engine::MariaDb) => Engine::MariaDb,
        "mysql" => Engine::MySql,
        _ => return None,
    };
    let image = composed().find(|found| found.engine == engine);
    Some(image.unwrap_or(Database {
        engine,
        release: None,
    }))
}

/// The server of an image such as `postgres:16-alpine` or `postgis/postgis:16-3.4`.
fn of_image(image: &str) -> Option<Database> {
    let (name, tag) = image.rsplit_once(':').unwrap_or((image, ""));
    let engine = match name.rsplit('/').next()? {
        "postgres" | "postgresql" | "postgis" | "pgvector" | "timescaledb" => Engine::PostgreSql,
        "mysql" => Engine::MySql,
        "mariadb" => Engine::MariaDb,
        _ => return None,
    };
    let numbers: String = tag
        .trim_start_matches("pg")
        .chars()
        .take_while(|letter| letter.is_ascii_digit() || *letter == '.')
        .collect();
    Some(Database {
        engine,
        release: Release::parse(&numbers),
    })
}

#[cfg(test)]
mod tests {
    use super::of_image;
    use crate::django::operations::{Engine, Release};

    #[test]
    fn images_name_server_and_release() {
        let read = |image| of_image(image).map(|found| (found.engine, found.release));
        let postgres = |release| Some((Engine::PostgreSql, release));
        assert_eq!(
            read("postgres:16-alpine"),
            postgres(Some(Release(16, 0, 0)))
        );
        assert_eq!(
            read("pgvector/pgvector:pg17"),
            postgres(Some(Release(17, 0, 0)))
        );
        assert_eq!(read("docker.io/library/postgres"), postgres(None));
        let mysql = Some((Engine::MySql, Some(Release(8, 0, 36))));
        assert_eq!(read("mysql:8.0.36"), mysql);
        assert_eq!(read("redis:7"), None);
    }
}
