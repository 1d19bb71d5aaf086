//! What an entry into the code asks the database for, counted.
//!
//! Of ways that exclude each other the dearest counts: that with more queries for each row first,
//! then that with more queries. Ways that end with an exception are left out.

use std::cmp::Ordering;

use luthier_source::Location;

use super::record::{End, Node, Recorded, Rounds, Unseen};
use super::run::{Engine, Run};
use super::sql::{Operation, Shape};
use super::value::Value;
use crate::Project;
use crate::models::ModelId;
use crate::modules::{ClassRef, FunctionRef};

/// Loops within loops that are told apart.
const MOST_DEPTH: usize = 4;

/// Where counting begins.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum PlanEntry {
    /// A function that is called once, and whose rows are gone through.
    Function(FunctionRef),
    /// A class-based view and its method: that of a request, or an action of a view set.
    View(ClassRef, String),
    /// A page that an admin class answers a GET with.
    Admin(ClassRef, AdminPage),
    /// A field that clients may begin a query of GraphQL with, by the type that has it.
    GraphQl(ClassRef, String),
}

/// The pages of an admin class.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum AdminPage {
    List,
    /// The form for a new row.
    Add,
    /// The form for a row that is there.
    Change,
    /// The question whether a row is to go.
    Delete,
    History,
}

impl AdminPage {
    /// The page that a method of `ModelAdmin` answers with.
    pub(super) fn of_method(name: &str) -> Option<Self> {
        Some(match name {
            "changelist_view" => Self::List,
            "add_view" => Self::Add,
            "change_view" => Self::Change,
            "delete_view" => Self::Delete,
            "history_view" => Self::History,
            _ => return None,
        })
    }

    pub(super) fn method(self) -> &'static str {
        match self {
            Self::List => "changelist_view",
            Self::Add => "add_view",
            Self::Change => "change_view",
            Self::Delete => "delete_view",
            Self::History => "history_view",
        }
    }
}

/// What an entry asks the database for.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct QueryPlan {
    /// In the order in which they are made.
    pub queries: Vec<PlannedQuery>,
    /// Whether another way through the code makes fewer.
    pub is_up_to: bool,
    /// Why there may be more.
    pub unseen: Vec<Unseen>,
}

/// One query of a plan.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PlannedQuery {
    pub operation: Operation,
    pub model: ModelId,
    /// The attribute of a row whose rows it asks for.
    pub relation: Option<String>,
    /// Whether it loads a relation for all rows at once.
    pub is_prefetch: bool,
    pub shape: Shape,
    /// The code that makes it.
    pub place: Location,
    /// The calls that lead there, outermost first.
    pub calls: Vec<Location>,
    /// The loops around it, outermost first.
    pub rounds: Vec<Rounds>,
}

impl PlannedQuery {
    /// With how many loops over rows it multiplies; 0 for one that does not grow.
    pub fn degree(&self) -> usize {
        let rounds = self.rounds.iter();
        rounds
            .filter(|round| matches!(round, Rounds::Rows(_)))
            .count()
    }

    /// How often it is made, for each row where it grows.
    pub fn times(&self) -> u32 {
        let rounds = self.rounds.iter().map(|round| match round {
            Rounds::Few(times) => *times,
            Rounds::Rows(_) | Rounds::Unknown(_) => 1,
        });
        rounds.product()
    }
}

impl QueryPlan {
    /// How many queries are made whatever the number of rows.
    pub fn constant(&self) -> u32 {
        self.of_degree(0)
    }

    /// How many queries are made for each row, for each row of each row, and so on.
    pub fn of_degree(&self, degree: usize) -> u32 {
        let queries = self.queries.iter();
        queries
            .filter(|query| query.degree() == degree)
            .map(PlannedQuery::times)
            .sum()
    }

    pub fn grows(&self) -> bool {
        self.queries.iter().any(|query| query.degree() > 0)
    }

    /// Whether there may be more than was seen.
    pub fn is_at_least(&self) -> bool {
        !self.unseen.is_empty()
    }
}

/// The plans of some entries.
pub(super) fn of_entries(project: &Project, entries: &[PlanEntry]) -> Vec<QueryPlan> {
    let mut engine = Engine::new(project);
    engine.records = true;
    entries
        .iter()
        .map(|entry| of_entry(&mut engine, entry))
        .collect()
}

fn of_entry(engine: &mut Engine<'_>, entry: &PlanEntry) -> QueryPlan {
    engine.refuel();
    let project = engine.project;
    let (module, span) = match entry {
        PlanEntry::Function(function) => (
            function.module,
            project.modules.function(*function).name_span,
        ),
        PlanEntry::View(class, _) | PlanEntry::Admin(class, _) | PlanEntry::GraphQl(class, _) => {
            (class.module, project.modules.class(*class).name_span)
        }
    };
    let Some(file) = project.modules.get(module).file else {
        return QueryPlan::default();
    };
    let at = Location::new(file, span);
    let mut run = Run::new(engine);
    match entry {
        PlanEntry::Function(function) => run.ask_function(*function, at),
        PlanEntry::View(class, action) => run.ask_view(*class, action, at),
        PlanEntry::Admin(class, page) => run.ask_admin(*class, *page, at),
        PlanEntry::GraphQl(class, name) => run.ask_field(*class, name, at),
    }
    if run.engine.is_out_of_fuel() {
        run.unseen(Unseen::TooMuch(at));
    }
    let nodes = run.take_record();
    plan(project, nodes.as_deref().unwrap_or_default())
}

impl Run<'_, '_> {
    /// Calls a function as nobody in particular, and reads what it gives to its end.
    fn ask_function(&mut self, function: FunctionRef, at: Location) {
        let declared = self.project().modules.function(function);
        let mut bound = vec![Value::Unknown; declared.params.len()];
        if let (Some((class, kind)), Some(own)) =
            (self.class_of_method(function), bound.first_mut())
        {
            *own = match kind {
                super::members::Method::Static => Value::Unknown,
                super::members::Method::Class => Value::Class(class),
                _ => match self.project().models.by_class(class) {
                    Some(model) => self.new_row(model),
                    None => Value::object(class),
                },
            };
        }
        let (returned, ..) = self.enter_function(function, &bound, None, at);
        if let Value::Rows(_) | Value::Either(_) = returned {
            self.elements(&returned, at);
        }
    }
}

/// How many queries a way makes, by the number of loops over rows around them, and which they are.
#[derive(Clone, Debug, Default)]
struct Way<'n> {
    cost: [u64; MOST_DEPTH + 1],
    queries: Vec<&'n Recorded>,
}

impl Way<'_> {
    fn cmp(&self, other: &Self) -> Ordering {
        self.cost.iter().rev().cmp(other.cost.iter().rev())
    }
}

/// The dearest and the cheapest way to each end of some code.
#[derive(Clone, Debug, Default)]
struct Ways<'n> {
    goes_on: Option<Range<'n>>,
    round: Option<Range<'n>>,
    function: Option<Range<'n>>,
    raises: Option<Range<'n>>,
}

#[derive(Clone, Debug, Default)]
struct Range<'n> {
    most: Way<'n>,
    least: [u64; MOST_DEPTH + 1],
}

impl<'n> Range<'n> {
    fn either(one: Option<Self>, two: Option<Self>) -> Option<Self> {
        match (one, two) {
            (Some(one), Some(two)) => {
                let is_less = two.most.cmp(&one.most) == Ordering::Greater;
                let first = one.least.iter().rev().le(two.least.iter().rev());
                Some(Self {
                    least: if first { one.least } else { two.least },
                    most: if is_less { two.most } else { one.most },
                })
            }
            (one, two) => one.or(two),
        }
    }

    fn then(&self, next: &Self) -> Self {
        let mut both = self.clone();
        both.most.queries.extend(&next.most.queries);
        for degree in 0..=MOST_DEPTH {
            both.most.cost[degree] += next.most.cost[degree];
            both.least[degree] += next.least[degree];
        }
        both
    }

    fn of(query: &'n Recorded) -> Self {
        let rounds = query.times.iter();
        let degree = rounds
            .filter(|round| matches!(round, Rounds::Rows(_)))
            .count();
        let times = query.times.iter().map(|round| match round {
            Rounds::Few(times) => u64::from(*times),
            Rounds::Rows(_) | Rounds::Unknown(_) => 1,
        });
        let mut cost = [0; MOST_DEPTH + 1];
        cost[degree.min(MOST_DEPTH)] = times.product();
        Self {
            most: Way {
                cost,
                queries: vec![query],
            },
            least: cost,
        }
    }
}

impl<'n> Ways<'n> {
    fn either(self, other: Self) -> Self {
        Self {
            goes_on: Range::either(self.goes_on, other.goes_on),
            round: Range::either(self.round, other.round),
            function: Range::either(self.function, other.function),
            raises: Range::either(self.raises, other.raises),
        }
    }

    /// What follows is run where this goes on.
    fn then(self, next: Self) -> Self {
        let Some(before) = self.goes_on else {
            return self;
        };
        let after = |way: Option<Range<'n>>| way.map(|way| before.then(&way));
        Self {
            goes_on: after(next.goes_on),
            round: Range::either(self.round, after(next.round)),
            function: Range::either(self.function, after(next.function)),
            raises: Range::either(self.raises, after(next.raises)),
        }
    }

    fn of(nodes: &'n [Node]) -> Self {
        let start = Self {
            goes_on: Some(Range::default()),
            ..Self::default()
        };
        nodes
            .iter()
            .fold(start, |ways, node| ways.then(Self::of_node(node)))
    }

    fn of_node(node: &'n Node) -> Self {
        let nothing = Some(Range::default());
        match node {
            Node::Query(query) => Self {
                goes_on: Some(Range::of(query)),
                ..Self::default()
            },
            Node::Unseen(_) => Self {
                goes_on: nothing,
                ..Self::default()
            },
            Node::Ends(End::Round) => Self {
                round: nothing,
                ..Self::default()
            },
            Node::Ends(End::Function) => Self {
                function: nothing,
                ..Self::default()
            },
            Node::Ends(End::Raise) => Self {
                raises: nothing,
                ..Self::default()
            },
            Node::Either(ways) => ways
                .iter()
                .map(|way| Self::of(way))
                .fold(Self::default(), Self::either),
            Node::Within(end, nodes) => {
                let mut ways = Self::of(nodes);
                let ended = match end {
                    End::Round => ways.round.take(),
                    End::Function => ways.function.take(),
                    // What is caught is handled in another of the ways.
                    End::Raise => None,
                };
                ways.goes_on = Range::either(ways.goes_on, ended);
                ways
            }
        }
    }
}

fn plan(project: &Project, nodes: &[Node]) -> QueryPlan {
    let ways = Ways::of(nodes);
    let goes_on = Range::either(ways.goes_on, ways.function);
    let chosen = goes_on.or(ways.round).or(ways.raises).unwrap_or_default();
    let mut unseen = Vec::new();
    collect_unseen(nodes, &mut unseen);
    let queries: Vec<PlannedQuery> = chosen
        .most
        .queries
        .iter()
        .map(|query| planned(project, query))
        .collect();
    for query in &queries {
        for round in &query.rounds {
            if let Rounds::Unknown(place) = round {
                unseen.push(Unseen::Loop(*place));
            }
        }
    }
    unseen.sort_unstable();
    unseen.dedup();
    QueryPlan {
        is_up_to: chosen.most.cost != chosen.least,
        queries,
        unseen,
    }
}

fn planned(project: &Project, query: &Recorded) -> PlannedQuery {
    let statement = &query.statement;
    PlannedQuery {
        operation: statement.operation,
        model: statement.model,
        relation: statement.relation.as_deref().map(str::to_owned),
        is_prefetch: statement.is_prefetch,
        shape: statement.shape(&project.models),
        place: query.place,
        calls: query.calls.to_vec(),
        rounds: query.times.to_vec(),
    }
}

fn collect_unseen(nodes: &[Node], found: &mut Vec<Unseen>) {
    for node in nodes {
        match node {
            Node::Unseen(unseen) => found.push(*unseen),
            Node::Either(ways) => {
                for way in ways.iter() {
                    collect_unseen(way, found);
                }
            }
            Node::Within(_, nodes) => collect_unseen(nodes, found),
            Node::Query(_) | Node::Ends(_) => {}
        }
    }
}
