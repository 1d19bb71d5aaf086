//! What `luthier queries` prints: the queries that each entry into the code is predicted to make.

use serde::Serialize;

use luthier_source::Location;

/// More queries than this are many for one request.
pub const MANY: u32 = 10;

/// What kind of entry it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum EntryKind {
    Route,
    /// A field that clients may begin a query of GraphQL with.
    GraphQl,
    Task,
    Command,
    /// One that was asked for by its dotted name.
    Function,
}

/// One entry into the code with its queries.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EntryQueries {
    pub kind: EntryKind,
    /// The pattern of a route, the type and field of a schema, the name of a task or command, a dotted name.
    pub name: String,
    /// The methods of a request, or nothing where all are answered by the same code.
    pub methods: Vec<String>,
    /// The dotted name of the code.
    pub code: Option<String>,
    pub location: Option<Location>,
    /// `None` where the code was not seen.
    pub now: Option<Plan>,
    /// What is left after the fixes; `None` where they change nothing.
    pub after: Option<Plan>,
}

/// What one run of an entry asks the database for.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Plan {
    /// In the order in which they are made.
    pub queries: Vec<PlannedQuery>,
    /// Whether another way through the code makes fewer.
    pub up_to: bool,
    /// Why there may be more.
    pub unseen: Vec<Unseen>,
}

/// Something that may make queries and was not followed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unseen {
    pub location: Location,
    pub why: &'static str,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Operation {
    Select,
    Count,
    Exists,
    Insert,
    Update,
    Delete,
}

impl Operation {
    /// As SQL begins.
    pub fn words(self) -> &'static str {
        match self {
            Self::Select => "SELECT",
            Self::Count => "COUNT",
            Self::Exists => "EXISTS",
            Self::Insert => "INSERT",
            Self::Update => "UPDATE",
            Self::Delete => "DELETE",
        }
    }
}

/// One query, and how often it is made.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PlannedQuery {
    pub operation: Operation,
    pub table: String,
    /// Other tables, in the order in which they are joined.
    pub joins: Vec<String>,
    /// Columns that rows are picked by.
    pub filters: Vec<String>,
    /// Columns, with `-` before those in descending order.
    pub order: Vec<String>,
    /// The attribute whose rows it asks for.
    pub relation: Option<String>,
    /// Whether it loads a relation for all rows at once.
    pub is_prefetch: bool,
    /// The code that makes it.
    pub location: Location,
    /// The calls that lead there, outermost first.
    pub calls: Vec<Location>,
    /// The loops over rows around it, outermost first: it is made once for each of their rows.
    pub loops: Vec<Location>,
    /// How often it is made, for each of those rows where there are any.
    pub times: u32,
}

impl EntryQueries {
    pub fn grows(&self) -> bool {
        self.now.as_ref().is_some_and(|plan| plan.degree() > 0)
    }
}

impl Plan {
    /// How many queries are made whatever the number of rows.
    pub fn constant(&self) -> u32 {
        self.of_degree(0)
    }

    /// How many are made for each row (1), for each row of each row (2), and so on.
    pub fn of_degree(&self, degree: usize) -> u32 {
        let queries = self.queries.iter();
        let queries = queries.filter(|query| query.loops.len() == degree);
        queries.map(|query| query.times).sum()
    }

    pub fn degree(&self) -> usize {
        let loops = self.queries.iter().map(|query| query.loops.len());
        loops.max().unwrap_or_default()
    }

    /// Whether it makes more than [`MANY`], or more with more rows.
    pub fn is_many(&self) -> bool {
        self.degree() > 0 || self.constant() > MANY
    }

    /// The same with other places.
    pub fn move_to(&mut self, place: impl Fn(Location) -> Location) {
        for query in &mut self.queries {
            query.location = place(query.location);
            for location in query.calls.iter_mut().chain(&mut query.loops) {
                *location = place(*location);
            }
        }
        for unseen in &mut self.unseen {
            unseen.location = place(unseen.location);
        }
    }

    /// `3 + 2N + N·M`
    pub fn formula(&self) -> String {
        const FACTORS: [&str; 5] = ["", "N", "N·M", "N·M·K", "N·M·K·L"];
        let constant = self.constant();
        let growing = (1..=self.degree()).filter_map(|degree| {
            let factor = FACTORS[degree.min(FACTORS.len() - 1)];
            match self.of_degree(degree) {
                0 => None,
                1 => Some(factor.to_owned()),
                times => Some(format!("{times}{factor}")),
            }
        });
        let constant = (constant > 0 || self.degree() == 0).then(|| constant.to_string());
        let parts: Vec<String> = constant.into_iter().chain(growing).collect();
        parts.join(" + ")
    }
}

#[cfg(test)]
mod tests {
    use luthier_source::{FileId, Span};

    use super::*;

    fn query(loops: usize, times: u32) -> PlannedQuery {
        let location = Location::new(FileId(0), Span::new(0, 1));
        PlannedQuery {
            operation: Operation::Select,
            table: "shop_order".to_owned(),
            joins: Vec::new(),
            filters: Vec::new(),
            order: Vec::new(),
            relation: None,
            is_prefetch: false,
            location,
            calls: Vec::new(),
            loops: vec![location; loops],
            times,
        }
    }

    #[test]
    fn formulas_name_what_grows() {
        let formula = |queries: &[(usize, u32)]| {
            let queries = queries.iter().map(|&(loops, times)| query(loops, times));
            Plan {
                queries: queries.collect(),
                ..Plan::default()
            }
            .formula()
        };
        assert_eq!(formula(&[]), "0");
        assert_eq!(formula(&[(0, 1), (0, 3)]), "4");
        assert_eq!(formula(&[(0, 1), (1, 1), (1, 1), (2, 1)]), "1 + 2N + N·M");
        assert_eq!(formula(&[(1, 1)]), "N");
    }

    #[test]
    fn ten_are_not_many() {
        let plan = |queries| Plan {
            queries,
            ..Plan::default()
        };
        assert!(!plan(vec![query(0, 10)]).is_many());
        assert!(plan(vec![query(0, 11)]).is_many());
        assert!(plan(vec![query(1, 1)]).is_many());
    }
}
