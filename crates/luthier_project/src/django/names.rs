//! The names that Django gives to indexes and constraints.

/// The name of an index or a constraint that is not given one: `_create_index_name` of Django 4.2 to
/// 6.1, on PostgreSQL. The suffix is empty for an index, `_like`, `_uniq`, or that of a foreign key.
pub fn index_name(table: &str, columns: &[&str], suffix: &str) -> String {
    const LONGEST: usize = 63;
    // A schema before the name does not count.
    let table = table.rsplit_once("\".\"").map_or(table, |(_, table)| table);
    let table = table.trim_matches('"');
    let joined = columns.join("_");
    let mut end = format!("{}{suffix}", digest(table, columns));
    let name = format!("{table}_{joined}_{end}");
    if name.len() <= LONGEST {
        return name;
    }
    let cut = |text: &str, length: usize| text.chars().take(length).collect::<String>();
    if end.len() > LONGEST / 3 {
        end = cut(&end, LONGEST / 3);
    }
    let rest = (LONGEST - end.len()) / 2 - 1;
    let name = format!("{}_{}_{end}", cut(table, rest), cut(&joined, rest));
    match name.chars().next() {
        Some(first) if first == '_' || first.is_ascii_digit() => {
            format!("D{}", &name[..name.len() - 1])
        }
        _ => name,
    }
}

/// `names_digest`, of eight letters.
fn digest(table: &str, columns: &[&str]) -> String {
    let mut hash = md5::Context::new();
    hash.consume(table);
    for column in columns {
        hash.consume(column);
    }
    format!("{:x}", hash.finalize())[..8].to_owned()
}

#[cfg(test)]
mod tests {
    use super::index_name;

    #[test]
    fn names_are_those_of_django() {
        // Taken from `sqlmigrate auth 0001` and `sqlmigrate admin 0001` of Django 5.2 on PostgreSQL.
        assert_eq!(
            index_name("auth_permission", &["content_type_id"], ""),
            "auth_permission_content_type_id_2f476e4b"
        );
        assert_eq!(
            index_name("auth_permission", &["content_type_id", "codename"], "_uniq"),
            "auth_permission_content_type_id_codename_01ab375a_uniq"
        );
        assert_eq!(
            index_name(
                "auth_group_permissions",
                &["permission_id"],
                "_fk_auth_permission_id"
            ),
            "auth_group_permissio_permission_id_84c5c92e_fk_auth_perm"
        );
    }
}
